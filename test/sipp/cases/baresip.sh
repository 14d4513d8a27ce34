# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp tls
# baresip at both ends, with the configuration of docs/recipes/baresip: one calls by sipwardd as its
# outbound proxy, another answers; the first server of the domain is dead; the caller hangs up.
start_baresip() { # N USER DOMAIN BARESIP-OPTION...
    local n=$1 user=$2 domain=$3 dir=$WORK/baresip-$1 own_port
    shift 3
    mkdir "$dir"
    own_port=$(port_of "$n")
    [ "$TRANSPORT" != tls ] || own_port=$((own_port - 1)) # baresip speaks TLS at the next one
    sed -e "s/127.0.0.1:5060/$(host_of "$n"):$own_port/" ../../docs/recipes/baresip/config >"$dir/config"
    if [ "$TRANSPORT" = tls ]; then
        certificate "baresip-$n" "alt=DNS:$domain,IP:$(host_of "$n")"
        cat "$WORK/baresip-$n.pem" "$WORK/baresip-$n.key" >"$dir/cert.pem"
        printf 'sip_certificate %s\nsip_cafile %s\n' "$dir/cert.pem" "$WORK/ca.pem" >>"$dir/config"
    fi
    sed -e "s/USER@DOMAIN;transport=udp/$user@$domain;transport=$TRANSPORT/" \
        -e "s/127.0.0.1:5070/$PROXY:$PORT;transport=$TRANSPORT/" ../../docs/recipes/baresip/accounts >"$dir/accounts"
    start "baresip-$n" env HOME="$dir" baresip -f "$dir" "$@"
    wait_for "baresip of $user" grep -qs "baresip is ready" "$WORK/baresip-$n.out"
}
zone_of_servers 11 12
start_proxy_here
start_baresip 12 joe vocal.test
start_baresip 21 alice example.net -e "/dial sip:joe@vocal.test"
alice=$LAST_PID
wait_for "a call at the caller" grep -qs "Call established" "$WORK/baresip-21.out"
wait_for "a call at the callee" grep -qs "Call established" "$WORK/baresip-12.out"
expect_log 1 method=INVITE status=200 try_count=2 "source=$TRANSPORT:" "server11.vocal.test refused" \
    "$TRANSPORT:$(place_of 12) server12.vocal.test 200"
kill -TERM "$alice"
wait_for "the end of the call at the callee" grep -qsE "session closed|terminated" "$WORK/baresip-12.out"
expect_log 1 method=BYE status=200
