# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Strangers who connect and say nothing, more of them than there may be connections: the one idle
# for the longest makes room, and the proxy still has descriptors to reach a server with.
strangers() { # COUNT
    local i fd
    for i in $(seq 1 "$1"); do
        exec {fd}<>"/dev/tcp/$PROXY/$PORT"
    done
}
zone_with_first_server
start_uas 11 tcp uas
DESCRIPTORS=120
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
END
strangers 200
answer=$(exchange_tcp "OPTIONS sip:$PROXY:$PORT SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK-1\r\n\
Max-Forwards: 0\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:$PROXY>\r\nCall-ID: one-more\r\n\
CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
expect "an answer to one more connection" grep -q "^SIP/2.0 200" <<<"$answer"
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE status=200 try_count=1 tcp:
