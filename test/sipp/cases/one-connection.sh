# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X3: twenty calls over one connection of the caller leave over one connection to the server (of each
# worker, so there is one here), and
# their answers come back over the caller's.
zone_of_servers 11
start_uas 11 tcp uas
start_proxy_here "workers: 1"
connections() { # ADDRESS PORT: established ones to there
    ss -Htn state established dst "$1:$2" | wc -l
}
expect_calls vocal.test 20 uac
expect_log 20 method=INVITE status=200 try_count=1
if [ "$NET" = ::1 ]; then to='[::1]'; else to=$(host_of 11); fi
expect_equal "connections to the server" "$(connections "$to" "$(port_of 11)")" 1
