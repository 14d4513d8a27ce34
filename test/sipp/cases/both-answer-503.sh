# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F4, C6: a 503 is not passed upstream: 500.
zone_with_first_server
start_uas 11 udp uas-status STATUS=503
start_uas 12 udp uas-status STATUS=503
start_proxy_over udp
expect_calls vocal.test 1 uac-refused STATUS=500
expect_log 1 method=INVITE status=500 try_count=2 "server1.vocal.test 503" "server2.vocal.test 503"
