# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp udp6
# X6: requests leave from the address and port that the proxy listens on, which its Via names.
zone_of_servers 11
start server ./peer hears "$(host_of 11)" "$(port_of 11)"
wait_for "server" grep -qs ready "$WORK/server.out"
start_proxy_here
exchange_udp "MESSAGE sip:joe@vocal.test SIP/2.0\r\nVia: SIP/2.0/UDP $PROXY:9;branch=z9hG4bK-1;rport\r\n\
Max-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:joe@vocal.test>\r\nCall-ID: from\r\n\
CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n" >/dev/null
wait_for "the request" grep -q "^MESSAGE " "$WORK/server.out"
expect "the proxy's address and port as source" grep -qxF "from ${PROXY//[][]/} $PORT" "$WORK/server.out"
expect "and in its Via" grep -qF "Via: SIP/2.0/UDP $PROXY:$PORT;" "$WORK/server.out"
