# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# T7: a request of more than 1300 octets goes over TCP, by the SRV record for TCP and its port; a small
# one goes over UDP.
script callee <<'END'
< MESSAGE
> 200
END
script small <<'END'
> MESSAGE
    | short
< 200
END
script big <<END
> MESSAGE
    | $(head -c 1200 /dev/zero | tr '\0' x)
< 200
END
zone vocal.test < <(records udp 11; records tcp 12)
start_uas 11 udp callee -- -m 1
start_uas 12 tcp callee -- -m 1
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 small
expect_log 1 method=MESSAGE status=200 "udp:$(place_of 11)"
expect_calls vocal.test 1 big
expect_log 1 method=MESSAGE status=200 "tcp:$(place_of 12)"
expect_served 11 12
