# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Kamailio before us and behind us, with the configuration of docs/recipes/kamailio: a phone registers
# with the Kamailio of vocal.test through sipwardd; a call comes in at the Kamailio of a.test, whose
# outbound proxy sipwardd is. The first server of vocal.test is dead.
start_kamailio() { # N DOMAIN
    mkdir "$WORK/kamailio-$1"
    start_group "kamailio-$1" kamailio -f ../../docs/recipes/kamailio/kamailio.cfg -DD -E -m 32 -M 4 \
        -w "$WORK/kamailio-$1" -Y "$WORK/kamailio-$1" -P "$WORK/kamailio-$1/pid" \
        -A "LISTEN=udp:$(host_of "$1"):$(port_of "$1")" -A "DOMAIN=\"$2\"" \
        -A "OUTBOUND=\"sip:$PROXY:$PORT;transport=udp\""
    wait_for "Kamailio of $2" grep -qs "processes (at least)" "$WORK/kamailio-$1.out"
    wait_for "its socket" is_bound "$(host_of "$1")" "$(port_of "$1")" udp
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
zone_of_servers 11 12
start_proxy_here
start_kamailio 12 vocal.test
start_kamailio 21 a.test
phone() {
    local CALLER CALLER_PORT=$SERVER_PORT
    CALLER=$(host_of 31)
    expect_calls vocal.test 1 register
}
phone
expect_log 1 method=REGISTER status=200 "server12.vocal.test 200"
start_uas 31 udp callee -- -m 1
TOWARDS=$(host_of 21):$(port_of 21)
expect_calls vocal.test 1 caller
expect_served 31
expect_log 1 method=INVITE status=200 "server12.vocal.test 200"
expect_log 1 method=BYE status=200
expect "that the dead server was noticed" grep -q "server11.vocal.test refused" "$LOG"
