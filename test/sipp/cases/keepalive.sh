# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6
# X2: over a stream two line ends are a question and get one; over UDP they are nothing, and a call
# comes after them. A request on a stream may come behind one.
zone_of_servers 11
start_proxy_here
request="OPTIONS sip:$PROXY:$PORT SIP/2.0\r\nVia: SIP/2.0/${TRANSPORT^^} $PROXY:9;branch=z9hG4bK-1;rport\r\n\
Max-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:$PROXY>\r\nCall-ID: keepalive\r\n\
CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
got=$("exchange_$TRANSPORT" '\r\n\r\n' | od -An -c | tr -d ' ')
if [ "$TRANSPORT" = tcp ]; then want='\r\n'; else want=; fi
expect_equal "answer to two line ends" "$got" "$want"
[ "$TRANSPORT" != tcp ] || request="\r\n$request"
got=$("exchange_$TRANSPORT" "$request" | head -n 1 | tr -d '\r')
expect_equal "answer to a request" "$got" "SIP/2.0 200 OK"
