# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Started with its standard descriptors closed, the daemon does not take them for sockets: what is
# meant for standard error would go out to some peer.
zone_with_first_server
write_config <<END
$(listen_on udp)
$(resolver_zones)
trusted: 127.0.0.0/8
log: {file: $LOG}
END
"$BINDIR/sipwardd" --config "$WORK/sipward.yaml" <&- >&- 2>&- &
PROXY_PID=$!
PIDS+=("$PROXY_PID")
wait_for "line that it is ready" grep -qs ev=ready "$LOG"
for fd in 0 1 2; do
    expect_equal "descriptor $fd" "$(readlink "/proc/$PROXY_PID/fd/$fd")" /dev/null
done
