# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# D10, D11: the name server dies: what is known goes on for its time, and with `stale` beyond it. What is
# known belongs to a worker, so there is one here.
zone_of_servers 11
sed -i 's/^$TTL 60/$TTL 1/' "$WORK/vocal.test.zone"
start_uas 11 udp uas
start_nsd
nsd=$LAST_PID
start_proxy <<END
$(listen_on udp)
resolver: {servers: ['$DNS:$DNS_PORT'], dnssec: false, stale: 1 h, timeout: 3 s}
allow-addresses: [$NET.0/24]
trusted: 127.0.0.0/8
record-route: true
workers: 1
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 uac
kill -TERM "$nsd"
wait_for "end of the name server" eval '! is_bound "$DNS" "$DNS_PORT" udp'
ended=$(now_ms)
is_over() { [ $(($(now_ms) - ended)) -gt 1500 ]; }
wait_for "end of the records' time" is_over
expect_calls vocal.test 3 uac
expect_log 4 method=INVITE status=200 try_count=1
