# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# F4, F5: servers that say nothing cost 64 times T1 together, not each; the caller gets 408.
zone_of_servers 11 12 13
for server in 11 12 13; do
    start_uas $server "$TRANSPORT" uas-silent
done
start_proxy_here "timers: {t1: 75 ms}"
started=$(now_ms)
expect_calls vocal.test 1 uac-refused STATUS=408
took=$(($(now_ms) - started))
expect "64 times T1 (took $took ms)" [ $took -ge 4700 -a $took -lt 9000 ]
expect_log 1 method=INVITE status=408 "server11.vocal.test timeout"
