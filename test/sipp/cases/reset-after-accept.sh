# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# F1: server11 takes the connection and the INVITE, then resets: server12 gets the call at once, and
# so do the next ones.
zone_of_servers 11 12
start_peer 11 resets
start_uas 12 tcp uas
start_proxy_here
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=2 "server11.vocal.test" "server12.vocal.test 200"
expect_calls vocal.test 5 uac
expect_log 5 method=INVITE status=200 try_count=1 "server12.vocal.test 200"
