# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C6: 401 with its challenge goes up, and the registration with credentials goes the same way.
script callee <<'END'
< REGISTER
> 401
    WWW-Authenticate: Digest realm="vocal.test", nonce="fedcba9876543210", algorithm=MD5, qop="auth"
< REGISTER
    ~ Authorization: Digest .*nonce="fedcba9876543210"
> 200
END
script caller <<'END'
> REGISTER sip:vocal.test
< 401
    auth
> REGISTER sip:vocal.test
    [authentication username=joe password=secret]
< 200
END
expect_plays 1
