# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F1: 486 is an answer, not a failure; server2 hears nothing.
zone_with_first_server
start_uas 11 udp uas-status STATUS=486
start_uas 12 udp uas
start_proxy_over udp
expect_calls vocal.test 3 uac-refused STATUS=486
expect_log 3 method=INVITE status=486 try_count=1 "server1.vocal.test 486"
expect_equal "INVITEs at server2" "$(uas_count 12 udp INVITE)" 0
