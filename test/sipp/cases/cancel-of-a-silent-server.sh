# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp
# C7, C8: a server that got the INVITE and never said a word is given up when the transaction's time
# is over; the caller has its 487 either way, and nobody else is rung.
zone_of_servers 11 12
start_uas 11 udp uas-silent
start_uas 12 udp uas
start_proxy_here "timers: {t1: 20 ms}"
script caller <<'END'
> INVITE
< 100
> CANCEL
< 200 CANCEL
< 487
> ACK
END
expect_calls vocal.test 1 caller
expect_log 1 method=INVITE status=487
expect_equal "INVITEs at server12" "$(uas_count 12 udp INVITE)" 0
