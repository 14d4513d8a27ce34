# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# The worked example with a proxy that has UDP only: NAPTR order 100, through a real authority.
zone vocal.test <<END
@ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.vocal.test.
@ NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.vocal.test.
@ NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.vocal.test.
_sip._tcp SRV 0 1 $SERVER_PORT server1
_sip._udp SRV 0 1 $SERVER_PORT server1
_sip._udp SRV 0 2 $SERVER_PORT server2
server1 A $NET.11
server2 A $NET.12
END
start_uas 11 udp uas
start_uas 12 udp uas
start_proxy_over udp
expect_calls vocal.test 40 uac
expect_log 40 method=INVITE status=200 try_count=1 udp:
expect "calls at server1" [ "$(uas_count 11 udp INVITE)" -gt 0 ]
expect "calls at server2" [ "$(uas_count 12 udp INVITE)" -gt 0 ]
