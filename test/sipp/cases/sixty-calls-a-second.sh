# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# Several calls at the same time, each with its own answer: none gets another's.
zone_of_servers 11
start_uas 11 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 100 uac -- -r 60
expect_log 100 method=INVITE status=200 try_count=1
expect_log 100 method=BYE status=200
expect_equal "Call-IDs of INVITEs" "$(grep method=INVITE "$LOG" | grep -oE 'call_id=[^ ]*' | sort -u | wc -l)" 100
