# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# M3: what can be answered is answered with the field named, the rest is dropped; over a stream a
# message that cannot be framed ends the connection. Calls go on in between.
zone_with_first_server
start_uas 11 udp uas
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
log: {level: debug}
transports: udp
END

PATIENCE=6
head='Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-1;rport\r\nMax-Forwards: 70\r\n'
from='From: <sip:a@example.net>;tag=1\r\n'
to='To: <sip:joe@vocal.test>\r\n'
call='Call-ID: malformed\r\n'
cseq='CSeq: 1 OPTIONS\r\n'
line='OPTIONS sip:joe@vocal.test SIP/2.0\r\n'

answered() { # NAME STATUS-LINE-PATTERN MESSAGE
    local got
    got=$(exchange_udp "$3" | head -n 1 | tr -d '\r')
    grep -qE "^SIP/2\.0 $2" <<<"$got" || fail "$1: got '$got', want '$2'"
}

dropped() { # NAME MESSAGE
    local got
    got=$(PATIENCE=1 exchange_udp "$2")
    expect_equal "$1" "$got" ""
}

answered "CSeq without a number" '400 .*CSeq' "$line$head$from$to${call}CSeq: x OPTIONS\r\n\r\n"
answered "CSeq of another method" '400 .*CSeq' "$line$head$from$to${call}CSeq: 1 INVITE\r\n\r\n"
answered "version 3" '505 ' "OPTIONS sip:joe@vocal.test SIP/3.0\r\n$head$from$to$call$cseq\r\n"
answered "scheme nobody knows" '416 ' "OPTIONS nobody:joe SIP/2.0\r\n$head$from$to$call$cseq\r\n"
answered "body that is not there" '400 .*Content-Length' \
    "$line$head$from$to$call${cseq}Content-Length: 99\r\n\r\nshort"
answered "Max-Forwards 0" '483 ' \
    "${line/OPTIONS/MESSAGE}${head/: 70/: 0}$from$to$call${cseq/OPTIONS/MESSAGE}\r\n"
answered "OPTIONS without hops left" '483 ' "$line${head/: 70/: 0}$from$to${call/mal/well-}$cseq\r\n"
answered "Proxy-Require" '420 ' "$line$head$from$to$call${cseq}Proxy-Require: magic\r\n\r\n"
dropped "no Via" "$line$from$to$call$cseq\r\n"
dropped "ACK without anything" "ACK sip:joe@vocal.test SIP/2.0\r\n\r\n"
dropped "response of nobody's request" "SIP/2.0 200 OK\r\n$head$from$to$call$cseq\r\n"
dropped "no SIP at all" 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
dropped "octets" '\x00\xff\x00\x01\x02'
expect "drops in the log" [ "$(grep -c ev=message_dropped "$LOG")" -ge 4 ]

expect_calls vocal.test 3 uac -- -t u1

started=$(now_ms)
got=$(exchange_tcp "$line${head/UDP/TCP}$from$to$call${cseq}Content-Length: 99999999\r\n\r\n")
expect "that the connection was ended" [ $(($(now_ms) - started)) -lt 5900 ]
expect "513 before it ended" grep -q "^SIP/2.0 513 " <<<"$got"
started=$(now_ms)
exchange_tcp 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >/dev/null
expect "that a connection with no SIP was ended" [ $(($(now_ms) - started)) -lt 5900 ]
# X2: two CRLF are a ping and get one.
got=$(exchange_tcp '\r\n\r\n' | od -An -c | tr -d ' ')
expect_equal "answer to a ping" "$got" '\r\n'

expect_calls vocal.test 3 uac -- -t u1
expect_log 6 method=INVITE status=200
