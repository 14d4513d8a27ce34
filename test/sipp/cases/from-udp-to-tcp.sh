# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# C4: the caller has UDP, the server TCP: Via and Record-Route name the side they are seen from, and
# each end reaches the other one.
script callee <<'END'
< INVITE
    ~ Via: SIP/2.0/TCP .*[[:cntrl:]]+Record-Route: <sip:[^>]*transport=tcp
> 200
< ACK
< INFO
> 200
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
END
zone vocal.test < <(records tcp 11)
start_uas 11 tcp callee -- -m 1
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 caller
expect_served 11
expect_log 1 method=INVITE source=udp: status=200 "tcp:$(place_of 11)"
