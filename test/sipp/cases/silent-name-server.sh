# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# D10, D11, T147: one domain's questions are never answered; calls to it end properly, and calls to
# another domain go on undisturbed meanwhile.
zone live.test <<END
_sip._udp SRV 0 0 $SERVER_PORT server1
server1 A $NET.11
END
nsd_port=$DNS_PORT
start_nsd
DNS_PORT=$(free_port)
start mute "$BINDIR/mute_dns" "$DNS" "$DNS_PORT" "$DNS" "$nsd_port" dead.test
wait_for "name server in front" is_bound "$DNS" "$DNS_PORT" udp
start_uas 11 udp uas
start_proxy <<END
$(listen_on udp)
$(resolver_nsd)
trusted: 127.0.0.0/8
END
# In a shell of its own: its sipp has a port and files of its own.
(
    CALLER=$NET.3
    WORK=$WORK/dead
    mkdir "$WORK"
    uac dead.test 10 uac-refused STATUS=500
) &
dead=$!
PIDS+=("$dead")
wait_for "calls to the dead domain under way" grep -qs dead.test "$WORK/dead/uac.msg"
started=$(now_ms)
expect_calls live.test 40 uac
took=$(($(now_ms) - started))
# Forty calls at 20 a second take two seconds.
expect "that the other domain did not wait (took $took ms)" [ $took -lt 6000 ]
expect_log 40 method=INVITE domain=live.test status=200
expect_equal "calls to the dead domain that were over by then" "$(log_count domain=dead.test)" 0
wait "$dead" || fail "calls to the dead domain did not end properly"
expect_log 10 method=INVITE domain=dead.test status=500 location=temporary try_count=0
