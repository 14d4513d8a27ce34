# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# A listener that cannot be opened: which one, why, exit 71.
check() { # WANT
    write_config
    "$BINDIR/sipwardd" --config "$WORK/sipward.yaml" >"$WORK/second.out" 2>&1
    expect_equal "exit code" $? 71
    expect_equal "what it says" "$(cat "$WORK/second.out")" "sipwardd: $1"
}
zone_with_first_server
start_proxy <<END
$(listen_on udp tcp)
$(resolver_zones)
trusted: 127.0.0.0/8
END
check "udp $PROXY:$PORT: address already in use" <<END
$(listen_on udp)
$(resolver_zones)
trusted: 127.0.0.0/8
END
other=$(free_port)
check "tcp $PROXY:$PORT: address already in use" <<END
listen: [udp:$PROXY:$other, tcp:$PROXY:$PORT]
$(resolver_zones)
trusted: 127.0.0.0/8
END
check "udp 192.0.2.1:5060: cannot assign requested address" <<END
listen: udp:192.0.2.1
$(resolver_zones)
trusted: 127.0.0.0/8
END
