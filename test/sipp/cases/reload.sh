# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# A configuration is applied while the proxy runs: routes, who is trusted, names; ctl says when it is done, and why it is not.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

configure() { # ROUTE [LINE...]
    local route=$1
    shift
    [ $# -gt 0 ] || set -- "workers: 3" "trusted: 127.0.0.0/8"
    write_config <<END
$(listen_on udp)
$(resolver_zones)
domains:
  - {name: served.test, routes: [{to: "sip:{user}@$route"}]}
control: $WORK/control
record-route: false
$(printf '%s\n' "$@")
END
}

zone vocal.test < <(records udp 11)
zone other.test < <(records udp 12)
start_uas 11 udp uas
start_uas 12 udp uas
configure vocal.test
start_proxy <<<"$(cat "$WORK/sipward.yaml")"
expect_calls served.test 2 uac
expect_log 2 method=INVITE status=200 "server11.vocal.test 200"

configure other.test
ctl reload || fail "ctl reload says $?"
expect_calls served.test 2 uac
expect_log 2 method=INVITE status=200 "server12.other.test 200"
expect "line that it was reloaded" grep -q "ev=reloaded listeners=1 domains=1 resolver=kept" "$LOG"

# What has mistakes changes nothing: each is told with its place.
configure vocal.test "trustet: 127.0.0.1" "timers: {t1: 1 h}" "workers: 3"
ctl reload 2>"$WORK/refused.out"
expect_equal "exit code of a reload that was refused" $? 2
expect "that nothing was changed" grep -qx "sipward ctl: nothing was changed: 2 mistakes" "$WORK/refused.out"
expect "what is wrong" grep -qE "sipward.yaml:[0-9]+:[0-9]+: unknown key 'trustet': did you mean trusted\?" "$WORK/refused.out"
expect "what else is wrong" grep -qE "sipward.yaml:[0-9]+:[0-9]+: .*t1" "$WORK/refused.out"
expect "the same in the log" grep -qE 'ev=configuration_mistake at=[^ ]*sipward.yaml:[0-9]+:1 what="unknown key' "$LOG"
expect_calls served.test 2 uac
expect_log 4 method=INVITE status=200 "server12.other.test 200"

# What needs a restart is a mistake, too.
configure vocal.test "workers: 2" "limits: {health: 100}"
ctl reload 2>"$WORK/refused.out"
expect_equal "exit code of a reload that needs a restart" $? 2
expect "that workers need one" grep -qE "yaml:[0-9]+:1: workers changes only with a restart" "$WORK/refused.out"
expect "that health needs one" grep -qE "yaml:[0-9]+:10: limits.health changes only with a restart" "$WORK/refused.out"

# A file that is not there.
mv "$WORK/sipward.yaml" "$WORK/away.yaml"
kill -HUP "$PROXY_PID"
wait_for "line that it was refused" eval '[ "$(grep -c ev=reload_refused "$LOG")" = 3 ]'
expect_calls served.test 2 uac
expect_log 6 method=INVITE status=200 "server12.other.test 200"

# The domain is served no more.
configure vocal.test "workers: 3" "trusted: 192.0.2.0/24"
sed -i 's/served\.test/another.test/' "$WORK/sipward.yaml"
kill -HUP "$PROXY_PID"
wait_for "line that it was reloaded" eval '[ "$(grep -c ev=reloaded "$LOG")" = 2 ]'
expect_calls served.test 1 uac-refused STATUS=403

# Who drains begins nothing new.
ctl drain || fail "ctl drain says $?"
ctl reload 2>"$WORK/refused.out"
expect_equal "exit code of a reload while it drains" $? 4
expect "why" grep -q "nothing was changed: the proxy is draining" "$WORK/refused.out"
