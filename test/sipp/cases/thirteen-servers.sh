# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# More than 8 SRV records (T68): thirteen priorities, twelve refuse, the thirteenth gets the call.
zone vocal.test < <(
    for i in $(seq 1 13); do
        echo "_sip._udp SRV $i 0 $SERVER_PORT server$i"
        echo "server$i A $NET.$((100 + i))"
    done
)
start_uas 113 udp uas
start_proxy_over udp
expect_calls vocal.test 1 uac
expect_log 1 method=INVITE status=200 try_count=13 "server12.vocal.test refused" "server13.vocal.test 200"
