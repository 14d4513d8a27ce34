# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Listeners come and go with the configuration: one that stays keeps its socket and connections, one
# that is new is there when ctl returns, one that is gone ends its calls, refuses new ones, and goes.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

configure() { # LISTENER...
    write_config <<END
listen: [$(printf "'%s', " "$@")]
$(resolver_zones)
trusted: 127.0.0.0/8
control: $WORK/control
timers: {t1: 100 ms, header: 1 s}
workers: 2
END
}

# The inode of what is bound to an address.
socket_of() { # ADDRESS PORT TRANSPORT
    local a b c d
    IFS=. read -r a b c d <<<"$1"
    grep "$(printf '%02X%02X%02X%02X:%04X ' "$d" "$c" "$b" "$a" "$2")" "/proc/net/$3" | awk '{print $10}' | sort
}

zone vocal.test < <(records udp 11)
start_uas 11 udp uas-slow
NEW=$NET.7
configure "udp:$PROXY:$PORT" "tcp:$PROXY:$PORT"
start_proxy <<<"$(cat "$WORK/sipward.yaml")"
kept=$(socket_of "$PROXY" "$PORT" udp)
expect "sockets of both workers" [ "$(wc -l <<<"$kept")" = 2 ]

# A new one, and the old ones stay what they are. A connection from before goes on.
exec 8<>"/dev/tcp/$PROXY/$PORT"
configure "udp:$PROXY:$PORT" "udp:$NEW:$PORT" "tcp:$PROXY:$PORT" "tcp:$NEW:$PORT"
ctl reload || fail "ctl reload says $?"
expect_equal "sockets of the listener that stays" "$(socket_of "$PROXY" "$PORT" udp)" "$kept"
TOWARDS=$NEW:$PORT expect_calls vocal.test 1 uac-answered
TOWARDS=$NEW:$PORT expect_calls vocal.test 1 uac-answered -- -t t1
printf '\r\n\r\n' >&8
expect_equal "answer to a ping over a connection from before" \
    "$(timeout 2 dd bs=2 count=1 status=none <&8 | od -An -tx1)" " 0d 0a"

# What cannot be bound refuses all of it.
setpriv --pdeathsig KILL python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('$NET.8', $PORT)); time.sleep(100)" &
PIDS+=("$!")
wait_for "somebody else's socket" is_bound "$NET.8" "$PORT" udp
configure "udp:$PROXY:$PORT" "udp:$NET.9:$PORT" "udp:$NET.8:$PORT"
ctl reload 2>"$WORK/refused.out"
expect_equal "exit code when a listener cannot be opened" $? 2
expect "why" grep -q "udp $NET.8:$PORT: address already in use" "$WORK/refused.out"
expect "that the one that could be opened is closed" eval '! is_bound "$NET.9" "$PORT" udp'
expect_equal "sockets of the listener that stays" "$(socket_of "$PROXY" "$PORT" udp)" "$kept"

# One goes while a call rings that came over it.
(
    CALLER=$NET.3
    WORK=$WORK/first
    mkdir "$WORK"
    TOWARDS=$NEW:$PORT uac vocal.test 1 uac-answered
) &
first=$!
PIDS+=("$first")
wait_for "a call that rings" grep -qs "180 Ringing" "$WORK/first/uac.msg"
configure "udp:$PROXY:$PORT"
ctl reload || fail "ctl reload says $?"
expect "that nobody can connect to it" eval '! (exec 7<>"/dev/tcp/$NEW/$PORT") 2>/dev/null'
TOWARDS=$NEW:$PORT expect_calls vocal.test 1 uac-refused STATUS=503
expect "Retry-After with the 503" grep -q "^Retry-After: " "$WORK/uac.msg"
expect_calls vocal.test 1 uac-answered
expect "that status lists what leaves" grep -q "^ *leaving  *udp:$NEW:$PORT$" <(ctl status)
wait "$first" || fail "the call under way was not completed"
wait_for "end of the connection from before" timeout 1 dd bs=1 count=1 status=none <&8
wait_for "end of the listener" eval '! is_bound "$NEW" "$PORT" udp'
expect_equal "sockets of the listener that stays" "$(socket_of "$PROXY" "$PORT" udp)" "$kept"
expect_calls vocal.test 1 uac-answered

# And it comes back.
configure "udp:$PROXY:$PORT" "udp:$NEW:$PORT" "tcp:$NEW:$PORT"
ctl reload || fail "ctl reload says $?"
TOWARDS=$NEW:$PORT expect_calls vocal.test 1 uac-answered
TOWARDS=$NEW:$PORT expect_calls vocal.test 1 uac-answered -- -t t1
