# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tls
# C6, C7: RFC 3262 through the proxy: Require and RSeq go up, PRACK goes by the route of the early
# dialog, and its 200 is not taken for the INVITE's.
script callee <<'END'
< INVITE
    ~ Supported: 100rel
> 183
    Require: 100rel
    RSeq: 7
< PRACK
    ~ RAck: 7 1 INVITE
> 200 PRACK
> 180 INVITE
    Require: 100rel
    RSeq: 8
< PRACK
    ~ RAck: 8 1 INVITE
> 200 PRACK
> 200 INVITE
< ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
    Supported: 100rel
< 100
< 183
    ~ Require: 100rel
    ~ RSeq: 7
> PRACK
    RAck: 7 1 INVITE
< 200 PRACK
< 180
    ~ RSeq: 8
> PRACK
    RAck: 8 1 INVITE
< 200 PRACK
< 200 INVITE
> ACK
> BYE
< 200
END
expect_plays 1
expect_log 2 method=PRACK status=200
