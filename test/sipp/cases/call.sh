# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# C4, C5: a call, from 100 Trying to a BYE of the caller, which goes by our Record-Route.
script callee <<'END'
< INVITE
    ~ Max-Forwards: 69
    ~ Record-Route: <sip:
> 180
> 200
< ACK
< BYE
    !~ Route:
> 200
END
script caller <<'END'
> INVITE
< 100
< 180
< 200
    ~ Record-Route: <sip:
> ACK
> BYE
< 200
END
expect_plays 3
expect_log 3 method=INVITE status=200 try_count=1 "$TRANSPORT:$(place_of 11) server11.vocal.test 200"
