# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X2: a request that comes one octet at a time is a request.
zone_of_servers 11
start_proxy_here
got=$(printf 'OPTIONS sip:%s:%s SIP/2.0\r\nVia: SIP/2.0/TCP %s:9;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:joe@vocal.test>\r\nCall-ID: octets\r\nCSeq: 1 OPTIONS\r\nContent-Length: 4\r\n\r\nbody' \
    "$PROXY" "$PORT" "$PROXY" | timeout 20 ./peer octets "${PROXY//[][]/}" "$PORT")
expect_equal "answer" "$(head -n 1 <<<"$got" | tr -d '\r')" "SIP/2.0 200 OK"
