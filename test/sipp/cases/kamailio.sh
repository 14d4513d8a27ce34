# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp tls
# Kamailio before us and behind us, with the configuration of docs/recipes/kamailio: a phone registers
# with the Kamailio of vocal.test through sipwardd; a call comes in at the Kamailio of a.test, whose
# outbound proxy sipwardd is. The first server of vocal.test is dead. The phones speak UDP; between
# Kamailio and us it is the transport of the case, over TLS with certificates on both sides.
BETWEEN=$TRANSPORT
TRANSPORT=udp
start_kamailio() { # N DOMAIN
    local n=$1 here options=()
    here=$(host_of "$n"):$(port_of "$n")
    [ "$BETWEEN" = udp ] || options=(-A "TO_PROXY=$BETWEEN:$here")
    if [ "$BETWEEN" = tls ]; then
        certificate "kamailio-$n" "alt=DNS:$2,IP:$(host_of "$n")"
        options+=(-A "CERTIFICATE=\"$WORK/kamailio-$n.pem\"" -A "KEY=\"$WORK/kamailio-$n.key\""
            -A "CA=\"$WORK/ca.pem\"")
    fi
    mkdir "$WORK/kamailio-$n"
    start_group "kamailio-$n" kamailio -f ../../docs/recipes/kamailio/kamailio.cfg -DD -E -m 32 -M 4 \
        -w "$WORK/kamailio-$n" -Y "$WORK/kamailio-$n" -P "$WORK/kamailio-$n/pid" \
        -A "LISTEN=udp:$here" -A "DOMAIN=\"$2\"" "${options[@]}" \
        -A "OUTBOUND=\"sip:$PROXY:$PORT;transport=$BETWEEN\""
    wait_for "Kamailio of $2" grep -qs "processes (at least)" "$WORK/kamailio-$n.out"
    wait_for "its socket" is_bound "$(host_of "$n")" "$(port_of "$n")" "${BETWEEN/tls/tcp}"
}
script register t1=500 <<'END'
> REGISTER sip:vocal.test
< 100?
< 200
END
script callee <<'END'
< INVITE
    ~ Record-Route: <sip:.*Record-Route: <sip:.*Record-Route: <sip:
> 180
> 200
< ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 180
< 200
> ACK
> BYE
< 200
END
zone vocal.test < <(records "$BETWEEN" 11 12)
case $BETWEEN in
udp) start_proxy_on "$(listen_on udp)" ;;
tcp) start_proxy_on "$(listen_on udp tcp)" ;;
tls)
    certificate proxy alt=DNS:proxy.test
    start_proxy_on "$(listen_on udp tls)" "$(tls_files proxy 'client: require')"
    ;;
esac
start_kamailio 12 vocal.test
start_kamailio 21 a.test
phone() {
    local CALLER CALLER_PORT=$SERVER_PORT
    CALLER=$(host_of 31)
    expect_calls vocal.test 1 register
}
phone
expect_log 1 method=REGISTER status=200 "$BETWEEN:$(place_of 12) server12.vocal.test 200"
start_uas 31 udp callee -- -m 1
TOWARDS=$(host_of 21):$(port_of 21)
expect_calls vocal.test 1 caller
expect_served 31
expect_log 1 method=INVITE status=200 "source=$BETWEEN:" "server12.vocal.test 200"
expect_log 1 method=BYE status=200 "source=$BETWEEN:" "$BETWEEN:$(place_of 12)"
expect "that the dead server was noticed" grep -q "server11.vocal.test refused" "$LOG"
