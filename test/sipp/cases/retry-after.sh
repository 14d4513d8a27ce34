# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# R2, R4: 503 with Retry-After: server11 is left alone for so long; then calls go there again.
script busy-once <<'END'
< INVITE
> 503
    Retry-After: 5
< ACK
END
zone_of_servers 11 12
start_uas 11 "$TRANSPORT" busy-once -- -m 1
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 uac
rested=$(now_ms)
expect_calls vocal.test 3 uac
expect_served 11
start_uas 11 "$TRANSPORT" uas
expect_log 1 method=INVITE status=200 "server11.vocal.test 503" "server12.vocal.test 200"
expect_log 3 method=INVITE status=200 try_count=1 "server12.vocal.test 200"
is_over() { [ $(($(now_ms) - rested)) -gt 5200 ]; }
wait_for "end of the rest" is_over
expect_calls vocal.test 1 uac # the probe: until it is answered others stay away
expect_calls vocal.test 2 uac
expect_log 3 method=INVITE status=200 try_count=1 "server11.vocal.test 200"
