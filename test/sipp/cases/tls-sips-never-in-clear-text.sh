# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# T94, T131, RFC 3261 26.2.2: a sips call whose servers all fail over TLS ends with 500, though they
# would take it over UDP and TCP. It came in over UDP.
zone_over_tls
certificate proxy alt=DNS:proxy.test
certificate wrong alt=DNS:wrong.test
for server in 11 12; do
    start_uas $server udp uas
    start_tls_uas $server wrong uas
done
start_proxy <<END
listen: [udp:$PROXY:$PORT, tcp:$PROXY:$PORT, tls:$PROXY:$((PORT + 1))]
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
failover: all
END
expect_calls vocal.test 3 uac-refused-sips STATUS=500
expect_log 3 method=INVITE status=500 "tls:$NET.1[12]:$TLS_PORT server[12].vocal.test tls"
expect_equal "tries over TCP or UDP" "$(log_count method=INVITE 'tries=.*(tcp|udp):')" 0
expect_equal "INVITEs" $(($(uas_count 11 udp INVITE) + $(uas_count 12 udp INVITE) +
    $(uas_count 11 tcp INVITE) + $(uas_count 12 tcp INVITE))) 0
