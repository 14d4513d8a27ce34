# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp udp6
# RFC 3261 17: the first copy of every datagram but ACK gets lost, there and back, before the proxy and behind
# it; the call goes through, and it is one call for the server.
script callee t1=100 <<'END'
< INVITE
> 200
< ACK
< BYE
> 200
pause 5000
END
script caller t1=100 <<'END'
> INVITE
< 100?
< 200
> ACK
> BYE
< 200
END
zone_of_servers 11
start_uas 12 udp callee
start_peer 11 forgetful "$(host_of 12)" "$(port_of 12)"
start_peer 13 forgetful "${PROXY//[][]/}" "$PORT"
start_proxy_here "timers: {t1: 100 ms}"
if [ "$NET" = ::1 ]; then PROXY="[$(host_of 13)]"; else PROXY=$(host_of 13); fi
PORT=$(port_of 13)
expect_calls vocal.test 1 caller
expect_log 1 method=INVITE status=200 try_count=1
expect_log 1 method=BYE status=200
