# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# Calls go on while a configuration with ten thousand routes is applied several times, each time with
# other routes: no call is lost, and each goes where a route of some time says.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

configure() { # ROUTE
    {
        listen_on "$TRANSPORT"
        resolver_zones
        echo "control: $WORK/control"
        echo "trusted: [127.0.0.0/8, '::1']"
        echo "record-route: false"
        echo "domains:"
        echo "- name: served.test"
        echo "  routes:"
        echo "  - {to: 'sip:{user}@$1'}"
        seq -f "  - {user: u%05.0f, to: 'sip:{user}@$1'}" 10000
    } | write_config
}

zone vocal.test < <(records "$TRANSPORT" 11)
zone other.test < <(records "$TRANSPORT" 12)
start_uas 11 "$TRANSPORT" uas
start_uas 12 "$TRANSPORT" uas
configure vocal.test
start_proxy <<<"$(cat "$WORK/sipward.yaml")"
uac served.test 400 uac -- -r 40 &
calls=$!
PIDS+=("$calls")
wait_for "first calls" eval '[ "$(log_count method=INVITE)" -ge 10 ]'
during=0
for round in 1 2 3; do
    configure other.test
    ctl reload || fail "ctl reload says $?"
    configure vocal.test
    kill -HUP "$PROXY_PID"
    wait_for "line that it was reloaded" eval '[ "$(grep -c ev=reloaded "$LOG")" = $((2 * round)) ]'
    ! kill -0 "$calls" 2>/dev/null || during=$((2 * round))
done
expect "several reloads while there were calls" [ $during -gt 1 ]
wait "$calls" || fail "a call was lost"
expect_log 400 method=INVITE status=200 try_count=1
expect_equal "calls to the one or the other server" \
    "$(log_count method=INVITE "server1[12]\.[a-z]*.test 200")" 400
expect "calls to each" [ "$(log_count method=INVITE server12.other.test)" -gt 0 ]
