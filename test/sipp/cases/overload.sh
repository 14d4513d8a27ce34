# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# M4, section 6: somebody offers more than can be carried, without a pause. New requests are told to
# come later, calls that were accepted go on and end, memory does not grow, and afterwards new calls
# are taken again.
script caller <<'END'
> INVITE
< 100?
< 180?
< 200
> ACK
pause 5000
> BYE
< 200
END
TRANSPORT=tcp
zone_of_servers 11
start_uas 11 tcp uas
start_proxy <<END
workers: 1
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
limits: {lag: 1 ms, transactions: 5000, receive-buffer: 64 KiB}
timers: {t1: 200 ms}
END
expect_calls vocal.test 20 caller -- -r 100 &
calls=$!
wait_for "calls" eval '[ "$(log_count method=INVITE status=200)" -ge 20 ]'
start flood "$BINDIR/flood" "$PROXY" "$PORT" "sip:nobody@$NET.13:$SERVER_PORT" 300
flood=$LAST_PID
wait_for "refusals" grep -q refused "$WORK/flood.out"
# They may be for want of transactions, for one flood alone is not too much for it. Whoever stands still
# has a full socket afterwards.
hold_up() {
    kill -STOP "$PROXY_PID"
    sleep 0.1
    kill -CONT "$PROXY_PID"
    grep -q "ev=overload refused=" "$LOG"
}
wait_for "a line about it" hold_up
wait "$calls" || fail "calls that were accepted did not go on"
expect_equal "BYEs" "$(uas_count 11 tcp BYE)" 20
kill "$flood"
wait "$flood" || fail "the flood ended by itself"
bound_kb=100000 # 5000 transactions need a third of that
! grep -qE 'lib[at]san' "/proc/$PROXY_PID/maps" || bound_kb=600000
memory_kb=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$PROXY_PID/status")
expect "memory ($memory_kb kB) within $bound_kb kB" [ "$memory_kb" -lt $bound_kb ]
# They linger for 64 times T1.
wait_for "call that passes again" uac vocal.test 1 uac
