# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# D10: nobody at the name server's port: calls end with a 500 when the location's time is over, not
# later; the proxy works again when the name server does.
zone_of_servers 11
start_uas 11 "$TRANSPORT" uas
start_proxy <<END
$(listen_on "$TRANSPORT")
resolver: {servers: ['$DNS:$DNS_PORT'], dnssec: false, timeout: 1500 ms}
allow-addresses: [$NET.0/24]
trusted: 127.0.0.0/8
record-route: true
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 2 uac-refused STATUS=500
expect_log 2 method=INVITE status=500 location=temporary try_count=0
start_nsd
call_goes_through() { uac vocal.test 1 uac -- -timeout 10; }
wait_for "a call that goes through" call_goes_through
