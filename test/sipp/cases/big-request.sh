# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp udp6
# T7: a request of more than 1300 octets to a domain with UDP records goes over TCP, to the same server
# of another port when the TCP records say so; when nobody takes it there, over UDP after all.
body=$(head -c 2000 /dev/zero | tr '\0' x)
script callee <<END
< MESSAGE
    ~ $(head -c 200 /dev/zero | tr '\0' x)
> 200
END
script caller <<END
> MESSAGE
    | $body
< 200
END
zone vocal.test < <(records udp 11; echo "_sip._tcp SRV 0 0 $(port_of 12) server11")
start_uas 11 udp callee -- -m 2
start_proxy <<END
listen: ['udp:$PROXY:$PORT', 'tcp:$PROXY:$PORT']
$(resolver_zones)
trusted: [127.0.0.0/8, "::1"]
timers: {t1: 4 s, transaction: 32 s}
END
expect_calls vocal.test 1 caller
expect_log 1 method=MESSAGE status=200 "tcp:.* refused .*udp:$(place_of 11) server11.vocal.test 200"
