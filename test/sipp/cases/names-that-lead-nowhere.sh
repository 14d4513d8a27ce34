# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# N1 to N9 as an operator meets them, through a real authority: a name that does not exist, one without
# addresses, NAPTR in a circle, a target ".", a target that does not exist. Each ends at once with what
# the log tells; a name server that refuses is a failure for now.
zone vocal.test <<END
circle NAPTR 10 10 "" "" "" circle2
circle2 NAPTR 10 10 "" "" "" circle
empty TXT "no address"
_sip._udp.closed SRV 0 0 0 .
_sip._tcp.closed SRV 0 0 0 .
closed A $NET.11
_sip._udp.dangling SRV 0 0 5060 nobody
_sip._tcp.dangling SRV 0 0 5060 nobody
dangling A $NET.11
END
start_nsd
start_proxy <<END
$(listen_on "$TRANSPORT")
$(resolver_nsd)
trusted: 127.0.0.0/8
timers: {t1: 4 s, transaction: 32 s}
END
for name in nobody empty circle closed dangling; do
    printf '> MESSAGE sip:joe@%s.vocal.test\n< 404\n' $name
done | script caller
expect_calls vocal.test 1 caller
for name in nobody empty circle closed dangling; do
    expect_log 1 method=MESSAGE "domain=$name.vocal.test" status=404 location=none try_count=0
done
script caller-of-another-zone <<'END'
> MESSAGE sip:joe@elsewhere.test
< 500
END
expect_calls vocal.test 1 caller-of-another-zone
expect_log 1 method=MESSAGE domain=elsewhere.test status=500 location=temporary
