# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X6: a caller that has nothing more to say and shuts down its half still gets the answer.
script callee <<'END'
< MESSAGE
pause 300
> 200
END
zone_of_servers 11
start_uas 11 tcp callee
start_proxy_here
got=$(printf 'MESSAGE sip:joe@vocal.test SIP/2.0\r\nVia: SIP/2.0/TCP %s:9;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:joe@vocal.test>\r\nCall-ID: half\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n' \
    "$PROXY" | timeout 20 ./peer half "${PROXY//[][]/}" "$PORT")
expect_equal "answer" "$(head -n 1 <<<"$got" | tr -d '\r')" "SIP/2.0 200 Words"
