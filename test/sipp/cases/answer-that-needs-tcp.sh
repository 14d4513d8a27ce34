# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# T66: forty SRV records do not fit a datagram, so the answer is had over TCP, whole: the only server
# that lives is the last of them. The name of the host is long, and targets are not compressed.
pad=abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz
port=$(free_port)
zone vocal.test < <(
    for i in $(seq 1 39); do
        echo "_sip._udp SRV $i 0 $((port + i)) host-$pad"
    done
    echo "_sip._udp SRV 40 0 $SERVER_PORT host-$pad"
    echo "host-$pad A $NET.11"
)
start_uas 11 udp uas
start_proxy_over udp
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=40
