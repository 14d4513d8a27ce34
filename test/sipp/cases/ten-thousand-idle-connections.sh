# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X3, X2: ten thousand connections that carry nothing stay open while calls go on, and each of them
# still answers a keepalive at the end. The proxy may use half of its descriptors for connections.
count=10000
hard=$(ulimit -Hn)
if [ "$hard" != unlimited ] && [ "$hard" -lt $((2 * count)) ]; then
    echo "$CASE: this machine allows $hard descriptors a process, $((2 * count)) are needed"
    exit 77
fi
zone vocal.test < <(records udp 11)
start_uas 11 udp uas
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
transports: udp
workers: 1
timers: {t1: 4 s, transaction: 32 s}
END
start idle "$BINDIR/many_connections" "$PROXY" "$PORT" $count
idle=$LAST_PID
wait_for "ten thousand connections" grep -qs open "$WORK/idle.out"
expect_calls vocal.test 40 uac
expect_log 40 method=INVITE status=200 try_count=1
kill -USR1 "$idle"
wait_for "answers" grep -qs alive "$WORK/idle.out"
expect_equal "connections that live" "$(grep alive "$WORK/idle.out")" "alive $count"
