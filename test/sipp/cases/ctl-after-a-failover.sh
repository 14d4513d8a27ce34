# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Who runs the proxy asks it why a call went where it went, how its places are, and how it is.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

zone_with_first_server
start_uas 12 tcp uas
# A transaction lingers for 64 times T1 after its 2xx (RFC 6026), which is 6.4 s here.
start_proxy_over tcp "control: $WORK/control" "timers: {t1: 100 ms}" "workers: 1"
expect "no empty line where nothing was counted yet" eval '! ctl status | grep -q "^$"'
expect_calls vocal.test 1 uac -- -t t1
expect_log 1 method=INVITE status=200 try_count=2 "server1.vocal.test refused"
# A penalty ends by itself, so this is looked at first.
ctl targets >"$WORK/targets.out" || fail "ctl targets says $?"
expect "server1 penalised" grep -qE "$NET.11:$SERVER_PORT +server1.vocal.test +penalised for .* transport-error" "$WORK/targets.out"
expect "server2 healthy" grep -qE "$NET.12:$SERVER_PORT +server2.vocal.test +healthy" "$WORK/targets.out"
expect "a time of answers" grep -qE 'healthy .*[0-9.]+ \+- [0-9.]+ ms' "$WORK/targets.out"

expect_calls vocal.test 1 uac -- -t t1
expect_log 1 method=INVITE status=200 try_count=1 "server2.vocal.test 200"

# The first call: what the DNS said, which record was not for us, who refused, who answered.
first=$(grep method=INVITE "$LOG" | grep try_count=2 | grep -o 'call_id=[^ ]*' | cut -d= -f2)
ctl why "$first" >"$WORK/why.out" || fail "ctl why says $?"
for line in "^INVITE for vocal.test from tcp:$CALLER:.* 200 after" \
    'NAPTR vocal.test: 3 records' '50 50 .s. .SIPS.D2T' 'SRV _sip._tcp.vocal.test: 2 records' \
    "tcp $NET.11:$SERVER_PORT +server1.vocal.test +refused after" \
    "tcp $NET.12:$SERVER_PORT +server2.vocal.test +200 after" '^BYE for '; do
    expect "'$line' in what ctl why says" grep -qE "$line" "$WORK/why.out"
done
expect "that it was asked for" grep -q 'N1 *RFC 3263 4.1\|we do not support' "$WORK/why.out"

# The second call asked nothing, and still tells what its route came from.
second=$(grep method=INVITE "$LOG" | grep try_count=1 | grep -o 'call_id=[^ ]*' | cut -d= -f2)
ctl why "$second" >"$WORK/why2.out" || fail "ctl why says $?"
for line in 'records seen before and still valid' 'NAPTR vocal.test: 3 records' \
    "failed recently: placed behind the others: tcp:$NET.11:$SERVER_PORT"; do
    expect "'$line' in what ctl why says" grep -qE "$line" "$WORK/why2.out"
done
expect_equal "tries of the second call" "$(ctl --json why "$second" |
    jq '.transactions | map(select(.method == "INVITE"))[0].tries | length')" 1

ctl why no-such-call 2>"$WORK/why3.out"
expect_equal "exit code for a call that nobody made" $? 3
expect "that it says so" grep -q 'no transaction with that Call-ID' "$WORK/why3.out"

ctl status >"$WORK/status.out" || fail "ctl status says $?"
expect "that it is ready" grep -qE '^sipwardd .*, ready$' "$WORK/status.out"
expect_equal "failovers" "$(ctl --json status | jq .counters.failovers)" 1

# Lines of another level from now on.
ctl log debug || fail "ctl log says $?"
expect_equal "the level" "$(ctl --json status | jq -r .log_level)" debug
stray='SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b.t>;tag=1\r\n'
stray=$stray'To: <sip:b@c.t>;tag=2\r\nCall-ID: stray\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'
exchange_tcp "$stray" >/dev/null
wait_for "line of a dropped message" grep -q ev=message_dropped "$LOG"
ctl log loud 2>/dev/null
expect_equal "exit code for a level that is none" $? 2
ctl dance 2>/dev/null
expect_equal "exit code for a command that is none" $? 2

ctl drain || fail "ctl drain says $?"
wait_for "line that it drains" grep -q ev=draining "$LOG"
wait_for "end of the proxy" eval '! kill -0 "$PROXY_PID" 2>/dev/null'
PROXY_PID=
expect "that its socket is gone" [ ! -e "$WORK/control" ]
ctl status 2>"$WORK/none.out"
expect_equal "exit code when there is no proxy" $? 4
expect "that it says what to do" grep -q 'Is sipwardd running' "$WORK/none.out"
