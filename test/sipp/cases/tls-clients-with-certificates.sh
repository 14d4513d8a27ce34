# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X4, section 5: who shows a certificate for a trusted name may send anywhere, from wherever he
# calls; who shows another one, or none, may not. And the server that we call gets to see ours.
zone_over_tls
certificate proxy alt=DNS:proxy.test cn=proxy.test
certificate vocal alt=DNS:vocal.test
certificate friend alt=DNS:pbx.friend.test
certificate stranger alt=DNS:stranger.test
certificate liar alt=DNS:pbx.friend.test by=liar-ca
start_tls_uas 11 vocal uas-tls DOMAIN=vocal.test -- "ca=$WORK/ca.pem"
start_proxy <<END
listen: tls:$PROXY:$PORT
$(resolver_zones)
$(tls_files proxy 'client: ask' 'trusted-names: [pbx.friend.test]')
domains: served.test
record-route: true
END
call_over_tls "cert=$WORK/friend.pem" "key=$WORK/friend.key"
expect_calls vocal.test 3 uac -- -t t1
expect_log 3 method=INVITE status=200
expect "that the server saw our certificate" grep -q "peer=/CN=proxy.test" "$WORK/bridge-11.out"
for who in stranger liar nobody; do
    kill "$LAST_PID"
    wait "$LAST_PID" 2>/dev/null
    if [ $who = nobody ]; then
        call_over_tls
    else
        call_over_tls "cert=$WORK/$who.pem" "key=$WORK/$who.key"
    fi
    expect_calls vocal.test 1 uac-refused STATUS=403 -- -t t1
done
expect_log 3 method=INVITE status=403
