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
expect_plays 1
