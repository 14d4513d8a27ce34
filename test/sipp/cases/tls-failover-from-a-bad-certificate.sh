# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F1, H1, N9: server1's certificate is for its own name only, so the call goes to server2, over TLS;
# its TCP port, which would take the call, hears nothing. The log says why.
zone_over_tls
certificate proxy alt=DNS:proxy.test
certificate wrong alt=DNS:server1.vocal.test
certificate right alt=URI:sip:vocal.test
start_tls_uas 11 wrong uas-tls DOMAIN=vocal.test
start_tls_uas 12 right uas-tls DOMAIN=vocal.test
start_proxy <<END
listen: [udp:$PROXY:$PORT, tls:$PROXY:$((PORT + 1))]
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
END
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=2 \
    "tls:$NET.11:$TLS_PORT server1.vocal.test tls \(the certificate does not fit vocal.test: it names others: server1.vocal.test\)" \
    "tls:$NET.12:$TLS_PORT server2.vocal.test 200"
expect_equal "INVITEs at server1" "$(uas_count 11 tcp INVITE)" 0
# The failure is known now.
expect_calls vocal.test 3 uac
expect_log 3 method=INVITE status=200 try_count=1 "server2.vocal.test 200"
expect "that server1 was told" grep -q "failed: .*alert" "$WORK/bridge-11.out"
