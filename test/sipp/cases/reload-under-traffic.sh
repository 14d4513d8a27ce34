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
CONTROL=$(free_port) # where sipp can be told to begin no more calls
uac served.test 100000 uac -- -r 40 -ci "$CALLER" -cp "$CONTROL" &
calls=$!
PIDS+=("$calls")
wait_for "first calls" eval '[ "$(log_count method=INVITE)" -ge 10 ]'
for round in 1 2 3; do
    configure other.test
    ctl reload || fail "ctl reload says $?"
    wait_for "call to the other server" eval \
        '[ "$(log_count method=INVITE server12.other.test)" -ge "$round" ]'
    configure vocal.test
    kill -HUP "$PROXY_PID"
    wait_for "line that it was reloaded" eval '[ "$(grep -c ev=reloaded "$LOG")" = $((2 * round)) ]'
done
reloaded_at=$(log_count method=INVITE)
wait_for "calls that began later" eval '[ "$(log_count method=INVITE)" -ge $((reloaded_at + 20)) ]'
printf q >"/dev/udp/$CALLER/$CONTROL"
wait "$calls" || fail "a call was lost"
made=$(($(uas_count 11 "$TRANSPORT" INVITE) + $(uas_count 12 "$TRANSPORT" INVITE)))
expect_log "$made" method=INVITE status=200 try_count=1
expect "calls to the one server" [ "$(log_count method=INVITE server11.vocal.test)" -gt 0 ]
