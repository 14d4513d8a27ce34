# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# SIGHUP and ctl reload: the log goes on in a new file after the old one was moved away; JSON lines are JSON.
zone_with_first_server
start_uas 11 udp uas
LOG=$WORK/proxy.json
start_nsd
write_config <<END
$(listen_on udp)
$(resolver_nsd)
trusted: 127.0.0.0/8
log: {file: proxy.json, format: json}
control: $WORK/control
END
setpriv --pdeathsig KILL "$BINDIR/sipwardd" --config "$WORK/sipward.yaml" 2>"$WORK/proxy.err.log" &
PROXY_PID=$!
PIDS+=("$PROXY_PID")
wait_for "line that it is ready" grep -qs '"ev":"ready"' "$LOG"
expect_calls vocal.test 2 uac
wait_for "two lines" eval '[ "$(grep -c "\"method\":\"INVITE\"" "$LOG")" = 2 ]'
mv "$LOG" "$LOG.old"
kill -HUP "$PROXY_PID"
wait_for "new file" [ -e "$LOG" ]
expect_calls vocal.test 3 uac
wait_for "three lines" eval '[ "$(grep -c "\"method\":\"INVITE\"" "$LOG")" = 3 ]'
expect_equal "lines in the old file" "$(grep -c '"method":"INVITE"' "$LOG.old")" 2
expect "every line to be an object" eval '! grep -qvE "^\{.*\}$" "$LOG" "$LOG.old"'
# sipward ctl does the same.
mv "$LOG" "$LOG.older"
"$BINDIR/sipward" ctl --socket "$WORK/control" reload || fail "ctl reload says $?"
wait_for "new file" [ -e "$LOG" ]
kill -TERM "$PROXY_PID"
wait_for "line that it drains" grep -q '"ev":"draining"' "$LOG"
kill -TERM "$PROXY_PID"
wait "$PROXY_PID"
expect_equal "exit code" $? 0
PROXY_PID=
