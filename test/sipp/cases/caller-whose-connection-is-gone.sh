# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp
# X3: the caller's connection has ended by the time the other end hangs up: the BYE goes to where his
# Contact says.
zone_of_servers 11
script callee <<'END'
< INVITE
> 200
< ACK
pause 500
> BYE
< 200
END
start_uas 11 tcp callee -- -m 1
start_proxy_here
there=$(free_port)
printf '%s\r\n' "INVITE sip:joe@vocal.test SIP/2.0" "Via: SIP/2.0/TCP $NET.20:$there;branch=z9hG4bK1" \
    "Max-Forwards: 70" "From: <sip:a@example.net>;tag=1" "To: <sip:joe@vocal.test>" "Call-ID: left" \
    "CSeq: 1 INVITE" "Contact: <sip:a@$NET.20:$there;transport=tcp>" "Content-Length: 0" "" >"$WORK/invite"
setpriv --pdeathsig KILL ./peer leaves "$PROXY" "$PORT" "$NET.20" "$there" <"$WORK/invite" >"$WORK/peer.out" 2>&1 &
PIDS+=("$!")
wait_for "the caller" grep -qs ready "$WORK/peer.out"
wait_for "the BYE at the caller's place" grep -q "^BYE sip:a@$NET.20:$there;transport=tcp SIP" "$WORK/peer.out"
expect_served 11
expect_log 1 method=BYE status=200 "tries=\"tcp:$NET.20:$there 200"
