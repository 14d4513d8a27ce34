# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Section 5, C4: who is not trusted reaches the domains we serve and nothing else; what follows within
# such a call gets through without a key that says so.
zone vocal.test <<END
_sip._udp SRV 0 0 $SERVER_PORT server1
server1 A $NET.11
END
zone elsewhere.test <<END
_sip._udp SRV 0 0 $SERVER_PORT server1
server1 A $NET.11
END
start_uas 11 udp uas
start_proxy <<END
$(listen_on udp)
$(resolver_zones)
domains: [vocal.test]
trusted: $NET.7
allow-addresses: $NET.0/24
END
expect_calls elsewhere.test 3 uac-refused STATUS=403
expect_log 3 method=INVITE domain=elsewhere.test status=403 try_count=0
expect_equal "INVITEs at the server" "$(uas_count 11 udp INVITE)" 0
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE domain=vocal.test status=200
CALLER=$NET.7
expect_calls elsewhere.test 3 uac
expect_log 3 method=INVITE domain=elsewhere.test status=200
