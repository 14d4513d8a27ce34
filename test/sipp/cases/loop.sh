# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6
# C1: a domain whose records lead to the proxy itself: the request comes around once and gets 482.
if [ "$NET" = ::1 ]; then record=AAAA; else record=A; fi
zone vocal.test <<END
_sip._$TRANSPORT SRV 0 0 $PORT proxy
proxy $record ${PROXY//[][]/}
END
start_proxy_here
expect_calls vocal.test 1 uac-refused STATUS=482
expect_log 1 method=INVITE status=482 try_count=1
expect_log 1 method=INVITE status=482 try_count=0
