# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# The service manager hears that it is ready, lives, reloads and stops. The messages come to a datagram socket, each as a line or two of its own.
python3 - "$WORK/notify" >"$WORK/said.out" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
END
PIDS+=("$!")
wait_for "socket of the service manager" [ -S "$WORK/notify" ]
said_count() {
    grep -cx "$1" "$WORK/said.out"
}

zone_with_first_server
export NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=400000
start_proxy <<END
$(listen_on udp)
$(resolver_zones)
trusted: 127.0.0.0/8
workers: 3
END
unset NOTIFY_SOCKET WATCHDOG_USEC
wait_for "word that it is ready" grep -qx READY=1 "$WORK/said.out"
wait_for "sign of life" grep -qx WATCHDOG=1 "$WORK/said.out"
first=$(said_count WATCHDOG=1)
wait_for "more signs of life" eval '[ "$(said_count WATCHDOG=1)" -gt $((first + 2)) ]'

kill -HUP "$PROXY_PID"
wait_for "word that it reloads" grep -qx RELOADING=1 "$WORK/said.out"
expect "the time of it" grep -qxE 'MONOTONIC_USEC=[0-9]+' "$WORK/said.out"
wait_for "word that it is ready again" eval '[ "$(said_count READY=1)" = 2 ]'

# The same when nothing came of it, and how that was.
echo "trustet: 127.0.0.0/8" >>"$WORK/sipward.yaml"
kill -HUP "$PROXY_PID"
wait_for "word of a refusal" grep -qx "STATUS=Serving; the last reload was refused" "$WORK/said.out"
expect_equal "words that it reloads" "$(said_count RELOADING=1)" 2
expect_equal "words that it is ready" "$(said_count READY=1)" 3

# A reload that ends while it drains does not take back that it stops.
sed -i '/^trustet/d' "$WORK/sipward.yaml"
kill -HUP "$PROXY_PID"
kill -TERM "$PROXY_PID"
wait_for "word that it stops" grep -qx STOPPING=1 "$WORK/said.out"
wait "$PROXY_PID"
expect_equal "exit code" $? 0
PROXY_PID=
expect_equal "words after that it stops" \
    "$(sed '1,/^STOPPING=1/d' "$WORK/said.out" | grep -c -e READY=1 -e STATUS=Serving)" 0
