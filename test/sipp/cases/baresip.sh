# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp tls
# baresip at both ends, with the configuration of docs/recipes/baresip: one calls by sipwardd as its
# outbound proxy, another answers; the first server of the domain is dead; the caller hangs up.
zone_of_servers 11 12
start_proxy_here
start_baresip 12 joe vocal.test
start_baresip 21 alice example.net -e "/dial sip:joe@vocal.test"
alice=$LAST_PID
wait_for "a call at the caller" grep -qs "Call established" "$WORK/baresip-21.out"
wait_for "a call at the callee" grep -qs "Call established" "$WORK/baresip-12.out"
expect_log 1 method=INVITE status=200 try_count=2 "source=$TRANSPORT:" "server11.vocal.test refused" \
    "$TRANSPORT:$(place_of 12) server12.vocal.test 200"
kill -TERM "$alice"
wait_for "the end of the call at the callee" grep -qsE "session closed|terminated" "$WORK/baresip-12.out"
expect_log 1 method=BYE status=200
