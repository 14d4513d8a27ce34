# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X5: forty calls come in one turn, for a server whose port is closed. What leaves together is one
# packet on its way to another program of this host, and one error comes back for all of it: nobody may
# wait for a timer, of which the shortest is 4 s here.
zone_with_first_server
start_uas 12 udp uas
start_proxy_over udp "workers: 1" "timers: {t1: 4 s, transaction: 32 s}"
kill -STOP "$PROXY_PID"
expect_calls vocal.test 40 uac -- -r 2000 &
calls=$!
wait_for "crowd" eval '[ "$(cat "$WORK/uac.msg" 2>/dev/null | grep -c "^INVITE sip")" -ge 40 ]'
started=$(now_ms)
kill -CONT "$PROXY_PID"
wait "$calls" || fail "a call of the crowd did not go as it should"
expect_log 40 method=INVITE status=200
expect "a crowd at server1" [ "$(log_count method=INVITE "server1.vocal.test refused")" -ge 20 ]
expect "that nobody waited" [ $(($(now_ms) - started)) -lt 3900 ]
