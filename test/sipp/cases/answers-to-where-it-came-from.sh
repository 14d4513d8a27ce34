# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X6: RFC 3581 and 3261 18.2: with rport an answer goes to the port a request came from; without, to
# the one in its Via, at the address it came from. It says what was seen either way.
zone_of_servers 11
start_proxy_here
other=$(free_port)
options() { # BRANCH VIA-PARAMETERS
    echo "OPTIONS sip:$PROXY:$PORT SIP/2.0\r\nVia: SIP/2.0/UDP nowhere.test:$other;branch=z9hG4bK-$1$2\r\n\
Max-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:$PROXY>\r\nCall-ID: via\r\n\
CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}
exchange_udp "$(options 1 ';rport')" >"$WORK/rport"
expect "an answer with what was seen" \
    grep -qE "^Via: SIP/2.0/UDP nowhere.test:$other;branch=[^;]*;received=127[0-9.]*;rport=[0-9]+" "$WORK/rport"
seen=$(sed -nE 's/^Via: .*;received=([0-9.]+);.*/\1/p' "$WORK/rport")
start heard ./peer hears "$seen" "$other"
wait_for "somebody at the port of the Via" grep -qs ready "$WORK/heard.out"
exchange_udp "$(options 2 '')" >"$WORK/no-rport"
wait_for "an answer there" grep -q "^SIP/2.0 200" "$WORK/heard.out"
expect "received without rport" grep -qE "^Via: .*;received=127[0-9.]*.?$" "$WORK/heard.out"
expect_equal "answer at the source" "$(cat "$WORK/no-rport")" ""
