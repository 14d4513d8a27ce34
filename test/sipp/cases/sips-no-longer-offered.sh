# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# H3: a domain that offered SIPS is remembered over a restart; when its records lead into the clear, a
# proxy that rejects sends nothing there, one that does not says so. A file that is none is told and
# left alone.
offered() { # LINE...: the zone of vocal.test
    zone vocal.test <<END
$(printf '%s\n' "$@")
_sips._tcp SRV 0 0 $TLS_PORT server1
_sip._udp SRV 0 0 $SERVER_PORT server1
server1 A $NET.11
END
    ZONES=" vocal.test"
}
start_one() { # LINE...
    start_proxy <<END
listen: [udp:$PROXY:$PORT, tls:$PROXY:$((PORT + 1))]
transports: [udp, tls]
$(resolver_zones)
$(tls_files proxy)
trusted: 127.0.0.0/8
$(printf '%s\n' "$@")
END
}
clear='@ NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp'
TLS_PORT=$(free_port)
certificate proxy alt=DNS:proxy.test
start_uas 11 udp uas
offered '@ NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp'
start_one "state: state" # a path beside the configuration
expect_calls vocal.test 1 uac-refused STATUS=500
stop_proxy_in_order
expect_equal "what is kept" "$(grep -v '^#' "$WORK/state")" vocal.test
offered "$clear"
start_one "state: state" "bid-down: reject"
expect_calls vocal.test 1 uac-refused STATUS=500
expect_equal "alerts" "$(grep -c 'lvl=warn ev=sips_no_longer_offered domain=vocal.test' "$LOG")" 1
expect_equal "INVITEs in the clear" "$(uas_count 11 udp INVITE)" 0
stop_proxy_in_order
start_one "state: state"
expect_calls vocal.test 2 uac
wait_for "alert" grep -q 'ev=sips_no_longer_offered domain=vocal.test' "$LOG"
stop_proxy_in_order
echo "root:x:0:0" >"$WORK/state"
start_one "state: state" "bid-down: reject"
expect "a word about the file" grep -q 'lvl=warn ev=state_not_read reason=.*not a file of sipward' "$LOG"
expect_calls vocal.test 1 uac
stop_proxy_in_order
expect_equal "the file" "$(cat "$WORK/state")" "root:x:0:0"
