# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# M1, M5: a request in compact form is understood, and leaves with its fields as they came: names,
# blanks, folding and order.
script callee <<'END'
< OPTIONS
    ~ f : <sip:a@example.net>;tag=1
    ~ t: <sip:joe@vocal.test>
    ~ i: compact
    ~ k:timer,[[:cntrl:]]+ path
    ~ X-Unknown: [{]as[}] "it" came
    ~ c:text/plain
> 200
END
zone_of_servers 11
start_uas 11 "$TRANSPORT" callee -- -m 1
start_proxy_here
got=$("exchange_$TRANSPORT" "OPTIONS sip:joe@vocal.test SIP/2.0\r\nv: SIP/2.0/${TRANSPORT^^} $CALLER:9;branch=z9hG4bK-c;rport\r\n\
Max-Forwards: 70\r\nf : <sip:a@example.net>;tag=1\r\nt: <sip:joe@vocal.test>\r\ni: compact\r\nCSeq: 1 OPTIONS\r\n\
k:timer,\r\n path\r\nX-Unknown: {as} \"it\" came\r\nc:text/plain\r\nl: 4\r\n\r\nbody" | head -n 1 | tr -d '\r')
expect_equal "answer" "$got" "SIP/2.0 200 Words"
expect_served 11
