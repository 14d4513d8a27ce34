# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: BSD-2-Clause
# Four workers, and the kernel gives every response to one that it does not belong to and all requests
# to the last: calls go on as with one, since each message is handed to the worker of its call.
zone_with_first_server
start_uas 11 udp uas
start_nsd
start_proxy <<END
$(listen_on udp)
$(resolver_nsd)
trusted: 127.0.0.0/8
record-route: true
workers: 4
END
start steer "$BINDIR/steer" "$PROXY" "$PORT" 4
wait_for "steering" grep -q steering "$WORK/steer.out"
expect_calls vocal.test 40 uac -- -t u1
expect_log 40 method=INVITE status=200 try_count=1
expect_equal "INVITEs at server1" "$(uas_count 11 udp INVITE)" 40
expect_equal "ACKs at server1" "$(uas_count 11 udp ACK)" 40
stop_proxy_in_order
# Of each call at least the 180 and two 200, and most of its requests.
handed=$(sed -n 's/.*ev=ended.* handed_over=\([0-9]*\).*/\1/p' "$LOG")
expect "that messages were handed over, not $handed" [ "${handed:-0}" -ge 120 ]
