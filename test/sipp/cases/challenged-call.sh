# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tls
# C6: 407 with its challenge goes up, and the call with credentials goes the same way.
script callee <<'END'
< INVITE
    !~ Proxy-Authorization
> 407
    Proxy-Authenticate: Digest realm="vocal.test", nonce="0123456789abcdef", algorithm=MD5
< ACK
< INVITE
    ~ Proxy-Authorization: Digest .*nonce="0123456789abcdef"
> 200
< ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 407
    auth
> ACK
> INVITE
    [authentication username=joe password=secret]
< 100
< 200
> ACK
> BYE
< 200
END
expect_plays 1
expect_log 1 method=INVITE status=407
expect_log 1 method=INVITE status=200
