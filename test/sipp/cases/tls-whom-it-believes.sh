# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X4, H1, H2: one call meets a certificate of each kind that proves nothing, and then the one server
# whose certificate is for the domain. The log says of each what was wrong with it, and so does `ctl why`.
TLS_PORT=$(free_port)
zone vocal.test < <(
    for server in 11 12 13 14 15 16 17 18; do
        echo "_sips._tcp SRV $server 1 $TLS_PORT server$server"
        echo "server$server A $NET.$server"
    done
)
certificate proxy alt=DNS:proxy.test
certificate expired alt=DNS:vocal.test days=-1
certificate early alt=DNS:vocal.test days=+2
certificate self alt=DNS:vocal.test by=self
certificate foreign alt=DNS:vocal.test by=other-ca
certificate uri alt=URI:sip:other.test,DNS:vocal.test
certificate wildcard alt=DNS:*.test
certificate target alt=DNS:server17.vocal.test
certificate right alt=URI:sip:vocal.test,DNS:other.test
start_tls_uas 18 right uas-tls DOMAIN=vocal.test
server=11
for name in expired early self foreign uri wildcard target; do
    TO=18 start_bridge $server $name
    server=$((server + 1))
done
start_proxy <<END
listen: [udp:$PROXY:$PORT, tls:$PROXY:$((PORT + 1))]
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
timers: {t1: 4 s, transaction: 32 s}
control: $WORK/control
END
expect_calls vocal.test 1 uac
not_for="the certificate does not fit vocal.test"
expect_log 1 method=INVITE status=200 try_count=8 \
    "server11.vocal.test tls \(certificate has expired\)" \
    "server12.vocal.test tls \(certificate is not yet valid\)" \
    "server13.vocal.test tls \(self-signed certificate\)" \
    "server14.vocal.test tls \(unable to get local issuer certificate\)" \
    "server15.vocal.test tls \($not_for: its SIP URIs name others: sip:other.test, vocal.test\)" \
    "server16.vocal.test tls \($not_for: it names others: \*.test\)" \
    "server17.vocal.test tls \($not_for: it names others: server17.vocal.test\)" \
    "server18.vocal.test 200"
expect_equal "INVITEs behind all of them" "$(uas_count 18 tcp INVITE)" 1
call=$(grep -o 'method=INVITE .*call_id=[^ ]*' "$LOG" | sed 's/.*call_id=//')
"$BINDIR/sipward" ctl --socket "$WORK/control" why "$call" >"$WORK/why.out" || fail "ctl why says $?"
expect "the reasons in what ctl why says" \
    [ "$(grep -cE "^     (certificate has expired|$not_for: it names others: server17.vocal.test)$" "$WORK/why.out")" = 2 ]
