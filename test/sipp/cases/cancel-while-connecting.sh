# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# C7: CANCEL while the connection to the only server opens: 487 at once, and nothing is sent.
script caller <<'END'
> INVITE
< 100
> CANCEL
< 200 CANCEL
< 487
> ACK
END
zone_of_servers 11
start_peer 11 never-takes
start_proxy_here "timers: {connect: 20 s}"
expect_calls vocal.test 1 caller
expect_log 1 method=INVITE status=487 "server11.vocal.test cancelled"
