# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6
# C4, C7: the other end hangs up: its BYE comes through the proxy to the caller.
# sipp answers over the connection it opened, not over the one the BYE came by. Were that one closed
# at once, its end could be seen before the answer.
script callee <<'END'
< INVITE
> 200
< ACK
> BYE
< 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
< BYE
    ~ Max-Forwards: 69
> 200
pause 300
END
expect_plays 2
expect_log 2 method=BYE status=200
