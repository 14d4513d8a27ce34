# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# F1, X3: a server that never completes a connection costs the time for connecting, not the whole call.
zone_of_servers 11 12
start_peer 11 never-takes
start_uas 12 tcp uas
start_proxy_here "timers: {t1: 4 s, transaction: 32 s, connect: 300 ms}"
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE status=200 "server12.vocal.test 200"
expect "one call that waited" [ "$(log_count "server11.vocal.test (timeout|unreachable)")" -ge 1 ]
