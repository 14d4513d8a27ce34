# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tls
# X3: the called baresip hangs up, and its BYE comes to the calling one over the connection that that one
# opened, not over another one to where its Contact says.
zone_of_servers 12
start_proxy_here
start_baresip 12 joe vocal.test
joe=$LAST_PID
start_baresip 21 alice example.net -e "/dial sip:joe@vocal.test"
wait_for "a call at the caller" grep -qs "Call established" "$WORK/baresip-21.out"
wait_for "a call at the callee" grep -qs "Call established" "$WORK/baresip-12.out"
kill -TERM "$joe"
wait_for "the end of the call at the caller" grep -qsE "session closed|terminated" "$WORK/baresip-21.out"
# baresip listens where its Contact says, and calls from wherever the system lets it.
source=$(grep -m1 "method=INVITE" "$LOG" | grep -o "source=$TRANSPORT:[^ ]*")
expect_log 1 method=BYE status=200 "try_count=1 tries=\"${source#source=} 200"
