# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# C4: a registration goes to the registrar of the domain in its Request-URI; what it answers comes back whole.
script callee <<'END'
< REGISTER
    ~ ^REGISTER sip:vocal.test SIP/2.0
> 200
    Unheard-Of: kept
END
script caller <<'END'
> REGISTER sip:vocal.test
    Expires: 3600
< 200
    ~ Unheard-Of: kept
END
expect_plays 2
expect_log 2 method=REGISTER status=200 try_count=1
