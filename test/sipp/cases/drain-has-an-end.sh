# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# SIGTERM, and a call that nobody answers: the program waits for it as long as timers.drain says, and no
# longer.
zone_with_first_server
start_uas 11 udp uas-silent
start_proxy_over udp "timers: {drain: 2 s}"
uac vocal.test 1 uac-answered &
PIDS+=("$!")
wait_for "the call at the server" grep -qs "^INVITE" "$WORK"/uas-*.msg
started=$(now_ms)
kill -TERM "$PROXY_PID"
wait "$PROXY_PID"
expect_equal "exit code" $? 0
took=$(($(now_ms) - started))
expect "that the call was waited for ($took ms)" [ $took -gt 1900 ]
expect "that it was waited for no longer ($took ms)" [ $took -lt 10000 ]
expect "line that it ended, with the call open" grep -qE "ev=ended requests=[0-9]+ transactions=1 failovers=0 open=1" "$LOG"
PROXY_PID=
