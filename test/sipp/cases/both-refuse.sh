# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F4: nobody is left; the caller gets a 500 at once, with a Warning that names who was tried.
zone_with_first_server
start_proxy_over udp
expect_calls vocal.test 1 uac-refused STATUS=500
expect_log 1 method=INVITE status=500 try_count=2 "server1.vocal.test refused" "server2.vocal.test refused"
expect "a Warning with both servers" \
    grep -qE "^Warning: 399 .*$NET.11:$SERVER_PORT refused.*$NET.12:$SERVER_PORT refused" "$WORK/uac.msg"
