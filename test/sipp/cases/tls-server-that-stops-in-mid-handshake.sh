# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F1, X4: server1 takes the connection and never says a word, server0 hangs up when the handshake has
# begun; connecting and handshake have one limit together.
TLS_PORT=$(free_port)
zone vocal.test <<END
_sips._tcp SRV 0 1 $TLS_PORT server0
_sips._tcp SRV 1 1 $TLS_PORT server1
_sips._tcp SRV 2 1 $TLS_PORT server2
server0 A $NET.10
server1 A $NET.11
server2 A $NET.12
END
certificate proxy alt=DNS:proxy.test
certificate vocal alt=DNS:vocal.test
start_bridge 10 vocal hangup
start_bridge 11 vocal silent
start_tls_uas 12 vocal uas-tls DOMAIN=vocal.test
start_proxy <<END
listen: tls:$PROXY:$PORT
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
timers: {connect: 5 s}
END
call_over_tls
started=$(now_ms)
expect_calls vocal.test 1 uac -- -t t1
took=$(($(now_ms) - started))
expect "the limit of connecting to pass once" [ $took -ge 5000 ]
expect_log 1 method=INVITE status=200 try_count=3 \
    "server0.vocal.test tls \(the other side hung up during the handshake\)" \
    "server1.vocal.test timeout \(the TLS handshake took too long\) [5-9][0-9]{3}\." "server2.vocal.test 200"
