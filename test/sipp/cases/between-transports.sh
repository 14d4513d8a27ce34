# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C4, X3: the caller has one transport, the server the other: Via and Record-Route name the side they
# are seen from, and each end reaches the other one. sipp answers a BYE over the connection it opened,
# not over the one it came by; were that one closed at once, its end could be seen before the answer.
case $TRANSPORT in
udp) beyond=tcp route='Record-Route: <sip:[^>]*transport=tcp' ;;
tcp) beyond=udp route='Record-Route: <sip:[^>]*>' ;;
esac
# Over TCP an answer and the request behind it take two connections: without a pause the second may
# be seen first.
script callee <<END
< INVITE
    ~ Via: SIP/2.0/${beyond^^} .*[[:cntrl:]]+$route
> 200
< ACK
< INFO
> 200
pause 200
> BYE
< 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
> INFO
< 200
< BYE
> 200
pause 300
END
zone vocal.test < <(records $beyond 11)
start_uas 11 $beyond callee -- -m 1
start_proxy_on "$(listen_on udp tcp)"
expect_calls vocal.test 1 caller
expect_served 11
expect_log 1 method=INVITE "source=$TRANSPORT:" status=200 "$beyond:$(place_of 11)"
