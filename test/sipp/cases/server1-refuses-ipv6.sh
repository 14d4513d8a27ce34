# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp6 tcp6
# F1, R2, R3: the same over IPv6 as server1-refuses-*.
zone_of_servers 11 12
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=2 "$TRANSPORT:$(place_of 11) server11.vocal.test refused"
expect_calls vocal.test 5 uac
expect_log 5 method=INVITE status=200 try_count=1 "$TRANSPORT:$(place_of 12) server12.vocal.test 200"
