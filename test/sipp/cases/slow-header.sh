# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# M4: a header section that does not become complete in its time ends the connection, however busily
# its octets come.
zone_of_servers 11
start_proxy_here "timers: {header: 700 ms}"
started=$(now_ms)
got=$(printf 'OPTIONS sip:joe@vocal.test SIP/2.0\r\nX: %s' "$(printf '%0300d' 0)" |
    timeout 40 ./peer slowly "${PROXY//[][]/}" "$PORT")
took=$(($(now_ms) - started))
expect_equal "end" "$got" closed
expect "that it was ended at its time and not after 30 s (took $took ms)" [ $took -ge 700 -a $took -lt 20000 ]
