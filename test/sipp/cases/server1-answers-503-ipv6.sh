# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp6 tcp6
# F1, F2, R2: server11 answers 503; it gets its ACK, server12 gets the call.
zone_of_servers 11 12
start_uas 11 "$TRANSPORT" uas-status STATUS=503
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE status=200 try_count=2 "server11.vocal.test 503"
expect_equal "ACKs at server11" "$(uas_count 11 "$TRANSPORT" ACK)" 3
