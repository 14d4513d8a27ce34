# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# C4, X3: the caller has TCP, the server UDP: the BYE of the server goes to the caller over TCP.
# sipp answers over the connection it opened, not over the one the BYE came by. Were that one closed
# at once, its end could be seen before the answer.
script callee <<'END'
< INVITE
    ~ Via: SIP/2.0/UDP
> 200
< ACK
> BYE
< 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
< BYE
> 200
pause 300
END
zone vocal.test < <(records udp 11)
start_uas 11 udp callee -- -m 1
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
record-route: true
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 caller -- -t t1
expect_served 11
