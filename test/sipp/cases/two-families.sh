# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# RFC 6724: a server with addresses of both families: nobody listens on its IPv6 address, the call goes
# to IPv4, and stays there.
NET4=$NET PROXY4=$PROXY CALLER4=$CALLER
use_ipv6
zone vocal.test <<END
_sip._$TRANSPORT SRV 0 0 $SERVER_PORT server11
server11 AAAA ::1
server11 A $NET4.11
END
PROXY6=$PROXY NET=$NET4 PROXY=$PROXY4 CALLER=$CALLER4
start_uas 11 "$TRANSPORT" uas
start_proxy <<END
listen: ['$TRANSPORT:$PROXY:$PORT', '$TRANSPORT:$PROXY6:$PORT']
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
family: prefer-6
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 "$TRANSPORT:\[::1\]:$SERVER_PORT server11.vocal.test refused" "$TRANSPORT:$NET.11:$SERVER_PORT server11.vocal.test 200"
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE status=200 try_count=1 "$TRANSPORT:$NET.11"
