# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# The worked example with both servers up: NAPTR order 90 says TCP, and the weights spread the calls.
zone vocal.test <<END
@ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.vocal.test.
@ NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.vocal.test.
@ NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.vocal.test.
_sip._tcp SRV 0 1 $SERVER_PORT server1
_sip._tcp SRV 0 2 $SERVER_PORT server2
_sip._udp SRV 0 1 $SERVER_PORT server1
_sip._udp SRV 0 2 $SERVER_PORT server2
server1 A $NET.11
server2 A $NET.12
END
for server in 11 12; do
    start_uas $server tcp uas
    start_uas $server udp uas
done
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
END
expect_calls vocal.test 40 uac
expect_log 40 method=INVITE status=200 try_count=1 tcp:
expect "calls at server1" [ "$(uas_count 11 tcp INVITE)" -gt 0 ]
expect "calls at server2" [ "$(uas_count 12 tcp INVITE)" -gt 0 ]
expect_equal "datagrams at server1" "$(uas_count 11 udp INVITE)" 0
expect_equal "datagrams at server2" "$(uas_count 12 udp INVITE)" 0
expect_equal "BYEs" $(($(uas_count 11 tcp BYE) + $(uas_count 12 tcp BYE))) 40
# The same from a caller on TCP.
expect_calls vocal.test 10 uac -- -t t1
expect_log 50 method=INVITE status=200
