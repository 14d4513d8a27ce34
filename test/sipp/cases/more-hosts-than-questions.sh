# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# D9: 64 questions reach 31 of 40 hosts; the call ends when those have failed, not at a deadline.
zone vocal.test < <(
    for i in $(seq 1 40); do
        echo "_sip._udp SRV $i 0 $SERVER_PORT server$i"
        echo "server$i A $NET.$((100 + i))"
    done
)
start_proxy <<END
$(listen_on udp)
$(resolver_zones)
trusted: 127.0.0.0/8
END
started=$(now_ms)
expect_calls vocal.test 1 uac-refused STATUS=500
expect "no wait for the deadline" [ $(($(now_ms) - started)) -lt 3000 ]
expect_log 1 method=INVITE status=500 try_count=31
