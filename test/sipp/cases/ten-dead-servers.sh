# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# F1, T102: nobody at the ports of ten servers; the eleventh gets the call at once.
zone_of_servers 11 12 13 14 15 16 17 18 19 20 21
start_uas 21 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=11 "server20.vocal.test refused" "server21.vocal.test 200"
