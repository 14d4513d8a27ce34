# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# C6, C9, F1: redirections, refusals and the end of the world are answers: they go up as they are and
# nobody else is asked.
statuses="302 404 408 480 486 500 603"
for status in $statuses; do
    printf '< INVITE\n> %s\n    Contact: <sip:carol@elsewhere.test>\n< ACK\n' $status
done | script callee
for status in $statuses; do
    printf '> INVITE\n< 100\n< %s\n    ~ Contact: <sip:carol@elsewhere.test>\n> ACK\n' $status
done | script caller
zone_of_servers 11 12
start_uas 11 "$TRANSPORT" callee -- -m 1
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
for status in $statuses; do
    expect_log 1 method=INVITE status=$status try_count=1
done
expect_equal "INVITEs at server12" "$(uas_count 12 "$TRANSPORT" INVITE)" 0
