# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# The whole path over IPv6: AAAA of the server, Via and Record-Route with brackets.
grep -qs "^00000000000000000000000000000001 " /proc/net/if_inet6 || {
    echo "$CASE: no ::1 on this machine"
    exit 77
}
zone vocal.test <<END
_sip._udp SRV 0 0 $SERVER_PORT server6
_sip._tcp SRV 0 0 $SERVER_PORT server6
server6 AAAA ::1
END
start_nsd
scenario uas
for flag in u1 t1; do
    start "uas-6-$flag" sipp -sf "$SCENARIO" -i ::1 -p "$SERVER_PORT" -t $flag -nostdin
done
start_proxy <<END
listen: ["udp:[::1]:$PORT", "tcp:[::1]:$PORT"]
$(resolver_nsd)
trusted: ["::1"]
record-route: true
END
PROXY='[::1]'
CALLER=::1
expect_calls vocal.test 5 uac
expect_log 5 method=INVITE status=200 "udp:\[::1\]:$SERVER_PORT server6.vocal.test 200"
expect_calls 'vocal.test;transport=tcp' 5 uac -- -t t1
expect_log 5 method=INVITE status=200 "tcp:\[::1\]:$SERVER_PORT server6.vocal.test 200"
