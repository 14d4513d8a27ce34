# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C8: a phone that rings for longer than timer C is cancelled; a provisional begins the time
# anew.
script callee <<'END'
< INVITE
> 180
pause 700
> 183
< CANCEL
> 200
> 487 INVITE
< ACK
END
script caller <<'END'
> INVITE
< 100
< 180
< 183
< 487
> ACK
END
zone_of_servers 11
start_uas 11 "$TRANSPORT" callee -- -m 1
start_proxy_here "timers: {t1: 4 s, transaction: 32 s, timer-c: 1 s}"
started=$(now_ms)
expect_calls vocal.test 1 caller
took=$(($(now_ms) - started))
expect "that it took 1.7 s and not 1 s (took $took ms)" [ $took -ge 1690 ]
expect_served 11
