# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# SIGTERM: what is under way ends as it would have, what is new gets 503, then the program ends by
# itself with 0.
zone_with_first_server
start_uas 11 udp uas-slow
# A transaction lingers for 64 times T1 after its 2xx (RFC 6026), which is 6.4 s here.
start_proxy_over udp "timers: {t1: 100 ms}"
(
    CALLER=$NET.3
    WORK=$WORK/first
    mkdir "$WORK"
    uac vocal.test 1 uac-answered
) &
first=$!
PIDS+=("$first")
wait_for "a call that rings" grep -qs "180 Ringing" "$WORK/first/uac.msg"
kill -TERM "$PROXY_PID"
wait_for "line that it drains" grep -q ev=draining "$LOG"
expect_calls vocal.test 2 uac-refused STATUS=503
expect "Retry-After with the 503" grep -q "^Retry-After: " "$WORK/uac.msg"
wait "$first" || fail "the call under way was not completed"
expect_log 1 method=INVITE status=200
started=$(now_ms)
wait "$PROXY_PID"
expect_equal "exit code" $? 0
expect "that it ended when there was nothing left" [ $(($(now_ms) - started)) -lt 12000 ]
expect "line that it ended, with nothing open" grep -qE "ev=ended requests=[0-9]+ transactions=1 failovers=0 open=0" "$LOG"
PROXY_PID=
