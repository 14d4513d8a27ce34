# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# F1: a server whose address the machine has no way to is passed over at once, and remembered.
if [ "$TRANSPORT" = udp ]; then prefix=_sip._udp; else prefix=_sip._tcp; fi
zone vocal.test <<END
$prefix SRV 0 0 $SERVER_PORT server11
$prefix SRV 1 0 $SERVER_PORT server12
server11 A 192.0.2.1
server12 A $NET.12
END
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=2 "server11.vocal.test" "server12.vocal.test 200"
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=1 "server12.vocal.test 200"
