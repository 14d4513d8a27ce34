# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# C6, M1: 183 with a description goes up as it came, and so do both bodies of the offer and answer.
script callee <<'END'
< INVITE
    ~ Content-Type: application/sdp
    ~ s=an offer
> 183
    | v=0
    | s=early media
> 200
    | v=0
    | s=an answer
< ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
    | v=0
    | s=an offer
< 100
< 183
    ~ s=early media
< 200
    ~ s=an answer
> ACK
> BYE
< 200
END
zone_of_servers 11
start_uas 11 "$TRANSPORT" callee -- -m 1
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
