# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Sockets of the service manager's are taken for the listeners of their addresses, by all workers;
# they are there again when a listener was removed and comes back. One that fits no listener is told.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

configure() { # LISTENER...
    write_config <<END
listen: [$(printf "'%s', " "$@")]
$(resolver_zones)
trusted: 127.0.0.0/8
control: $WORK/control
timers: {t1: 20 ms, transaction: 6 s}
workers: 3
END
}

# The proxy with sockets bound by somebody else: KIND:ADDRESS:PORT.
activate() { # SOCKET...
    setpriv --pdeathsig KILL python3 - "$BINDIR/sipwardd" "$WORK/sipward.yaml" "$@" \
        >"$WORK/proxy.out" 2>"$LOG" <<'END' &
import os, socket, sys
sockets = []
for text in sys.argv[3:]:
    kind, address, port = text.split(":")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == "tcp"))
    s.bind((address, int(port)))
    if kind == "tcp":
        s.listen()
    sockets.append(s)
high = [os.dup2(s.fileno(), 100 + i, inheritable=False) for i, s in enumerate(sockets)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(high))
os.execv(sys.argv[1], [sys.argv[1], "--config", sys.argv[2]])
END
    PROXY_PID=$!
    PIDS+=("$PROXY_PID")
}

sockets_at() { # ADDRESS PORT TRANSPORT
    local a b c d
    IFS=. read -r a b c d <<<"$1"
    grep -c "$(printf ': %02X%02X%02X%02X:%04X 00000000:0000 ' "$d" "$c" "$b" "$a" "$2")" "/proc/net/$3"
}

zone vocal.test < <(records udp 11)
start_uas 11 udp uas
configure "udp:$PROXY:$PORT" "tcp:$PROXY:$PORT" "udp:$NET.7:$PORT"
activate "udp:$PROXY:$PORT" "tcp:$PROXY:$PORT"
wait_for "line that the proxy is ready" is_ready_or_dead
expect "that the proxy is ready" grep -q ev=ready "$LOG"
# There is one of each, where each worker has one of a listener that was not passed.
expect_equal "sockets for UDP" "$(sockets_at "$PROXY" "$PORT" udp)" 1
expect_equal "sockets for TCP" "$(sockets_at "$PROXY" "$PORT" tcp)" 1
expect_equal "sockets of the other listener" "$(sockets_at "$NET.7" "$PORT" udp)" 3
expect_calls vocal.test 20 uac
CALLER_PORT=$(free_port) expect_calls vocal.test 5 uac -- -t t1
TOWARDS=$NET.7:$PORT expect_calls vocal.test 5 uac
expect_log 30 method=INVITE status=200

# Away and back: the manager has it still, so nobody could bind it anew.
configure "udp:$NET.7:$PORT"
ctl reload || fail "ctl reload says $?"
wait_for "end of the listeners" \
    eval '[ "$(ctl --json status | jq -r ".listeners_leaving | length")" = 0 ]'
configure "udp:$PROXY:$PORT" "tcp:$PROXY:$PORT"
ctl reload || fail "ctl reload says $?"
expect_calls vocal.test 5 uac
CALLER_PORT=$(free_port) expect_calls vocal.test 5 uac -- -t t1
stop_proxy_in_order

# A socket that nobody would read is told, and nothing starts.
configure "udp:$PROXY:$PORT"
activate "udp:$PROXY:$PORT" "tcp:$PROXY:$PORT"
wait "$PROXY_PID"
expect_equal "exit code with a socket too many" $? 78
PROXY_PID=
expect "which one" grep -q "passed a socket for tcp $PROXY:$PORT, but listen has nothing of that address" "$LOG"

# Sockets that are for another process are not looked at.
export LISTEN_PID=1 LISTEN_FDS=1
start_proxy <<<"$(cat "$WORK/sipward.yaml")"
unset LISTEN_PID LISTEN_FDS
expect_calls vocal.test 1 uac
