# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X3: a connection that carries nothing for its time is closed, the caller's and the server's
# (once the call's transaction, which lasts 64 times T1, no longer needs it).
zone_of_servers 11
start_uas 11 tcp uas
start_proxy_here "timers: {t1: 50 ms, idle: 1 s}"
expect_calls vocal.test 1 uac
if [ "$NET" = ::1 ]; then to='[::1]'; else to=$(host_of 11); fi
is_closed() { [ -z "$(ss -Htn state established dst "$to:$(port_of 11)")" ]; }
exec 8<>"/dev/tcp/${PROXY//[][]/}/$PORT"
started=$(now_ms)
timeout 20 cat <&8 || fail "a connection that says nothing was left open"
took=$(($(now_ms) - started))
expect "a second before it was closed (took $took ms)" [ $took -ge 900 ]
wait_for "end of the connection to the server" is_closed
expect_calls vocal.test 1 uac
