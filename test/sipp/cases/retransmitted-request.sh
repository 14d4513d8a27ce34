# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# RFC 3261 17.2.1: the same INVITE three times is one INVITE for the server; the answer comes again
# for each.
zone_of_servers 11
start_uas 11 udp uas-status STATUS=486
start_proxy_here
invite="INVITE sip:joe@vocal.test SIP/2.0\r\nVia: SIP/2.0/UDP $CALLER:9;branch=z9hG4bK-again;rport\r\n\
Max-Forwards: 70\r\nFrom: <sip:a@example.net>;tag=1\r\nTo: <sip:joe@vocal.test>\r\nCall-ID: again\r\n\
CSeq: 1 INVITE\r\nContact: <sip:a@$CALLER>\r\nContent-Length: 0\r\n\r\n"
exec 8<>"/dev/udp/$PROXY/$PORT"
send() { printf '%b' "$invite" | dd bs=65536 iflag=fullblock status=none >&8; }
answer() { timeout 5 dd bs=65536 count=1 status=none <&8 | head -n 1 | tr -d '\r'; }
send
expect_equal "first answer" "$(answer)" "SIP/2.0 100 Trying"
expect_equal "second answer" "$(answer)" "SIP/2.0 486 Refused"
send
expect_equal "answer to the second INVITE" "$(answer)" "SIP/2.0 486 Refused"
send
expect_equal "answer to the third INVITE" "$(answer)" "SIP/2.0 486 Refused"
exec 8>&-
expect_equal "INVITEs at the server" "$(uas_count 11 udp INVITE)" 1
