# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp6 tcp6
# F4: nobody is left; the caller gets a 500 with a Warning that names who was tried.
zone_of_servers 11 12
start_proxy_here
expect_calls vocal.test 1 uac-refused STATUS=500
expect_log 1 method=INVITE status=500 try_count=2
expect "a Warning with both servers" \
    grep -qE "^Warning: 399 .*$(place_of 11) refused.*$(place_of 12) refused" "$WORK/uac.msg"
