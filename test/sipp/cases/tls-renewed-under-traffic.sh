# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X4: the certificate is renewed while calls are going on: SIGHUP, and no call notices; who connects
# afterwards sees the new one. A file that cannot be used changes nothing and is told.
zone_over_tls
certificate proxy alt=DNS:proxy.test cn=old
certificate vocal alt=DNS:vocal.test
start_tls_uas 11 vocal uas-tls DOMAIN=vocal.test
start_proxy <<END
workers: 1
listen: tls:$PROXY:$PORT
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
END
call_over_tls "ca=$WORK/ca.pem"
CONTROL=$(free_port) # where sipp can be told to begin no more calls
expect_calls vocal.test 100000 uac -- -t t1 -ci "$CALLER" -cp "$CONTROL" &
calls=$!
wait_for "first calls" eval '[ "$(log_count method=INVITE)" -ge 5 ]'
certificate proxy alt=DNS:proxy.test cn=new
kill -HUP "$PROXY_PID"
wait_for "line that they are loaded" grep -q ev=reloaded "$LOG"
loaded_at=$(log_count method=INVITE)
wait_for "calls that began later" eval '[ "$(log_count method=INVITE)" -ge $((loaded_at + 20)) ]'
printf q >"/dev/udp/$CALLER/$CONTROL"
wait "$calls"
expect_equal "exit code of the calls" $? 0
made=$(uas_count 11 tcp INVITE)
expect_log "$made" method=INVITE status=200
expect_equal "connections to the server" "$(grep -c name= "$WORK/bridge-11.out")" 1
expect_equal "connections of the caller" "$(grep -c peer=/CN=old "$WORK/bridge-caller.out")" 1
CALLER_PORT=$(free_port)
expect_calls vocal.test 2 uac -- -t t1
expect_equal "who connects anew" "$(tail -n 1 "$WORK/bridge-caller.out" | cut -d' ' -f3)" "peer=/CN=new"

echo rubbish >"$WORK/proxy.key"
kill -HUP "$PROXY_PID"
wait_for "complaint" grep -qE "ev=configuration_mistake .*what=\"tls.key .*proxy.key" "$LOG"
CALLER_PORT=$(free_port)
expect_calls vocal.test 2 uac -- -t t1
expect_log $((made + 4)) method=INVITE status=200
