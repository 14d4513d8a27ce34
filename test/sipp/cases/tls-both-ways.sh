# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X1, X4, H1: a call that comes in over TLS and goes out over TLS, to a server whose certificate is
# for the domain, not for the host that the SRV record names.
zone_over_tls
certificate proxy alt=DNS:proxy.test
certificate vocal alt=DNS:vocal.test
start_tls_uas 11 vocal uas-tls DOMAIN=vocal.test
start_proxy <<END
workers: 1
$(listen_on tls)
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
record-route: true
END
call_over_tls "ca=$WORK/ca.pem"
expect_calls vocal.test 5 uac -- -t t1
expect_log 5 method=INVITE status=200 try_count=1 "tls:$NET.11:$TLS_PORT server1.vocal.test 200" "source=tls:"
expect_equal "BYEs" "$(uas_count 11 tcp BYE)" 5
expect "the domain as SNI" grep -q "TLSv1.3 name=vocal.test peer=-" "$WORK/bridge-11.out"
expect_equal "connections to the server" "$(grep -c name= "$WORK/bridge-11.out")" 1
expect "Via over TLS" grep -q "^Via: SIP/2.0/TLS $PROXY:$PORT" "$WORK/uas-11-tcp.msg"
expect "our certificate" grep -q "peer=.*" "$WORK/bridge-caller.out"
