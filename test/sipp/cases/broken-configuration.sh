# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# Every mistake by FILE:LINE:COLUMN, exit 78; with and without --check. The table of mistakes is in
# the unit test of the settings; this is about the program.
check() { # WANT [OPTION...]
    local want=$1
    shift
    "$BINDIR/sipwardd" --config "$WORK/sipward.yaml" "$@" >"$WORK/broken.out" 2>"$WORK/broken.err"
    expect_equal "exit code" $? 78
    expect_equal "standard output" "$(cat "$WORK/broken.out")" ""
    expect_equal "what it says" "$(cat "$WORK/broken.err")" "$want"
}
f=$WORK/sipward.yaml

write_config <<'END'
listen: [udp:127.0.0.1:70000, tcp:127.0.0.1:5060]
trustd: 127.0.0.0/8
timers:
  t1: fast
END
want="$f:1:10: '127.0.0.1:70000' is not an address and port like 192.0.2.1:5060 or [2001:db8::1]:5060
$f:2:1: unknown key 'trustd': did you mean trusted?
$f:4:7: 'fast' is not a time with its unit, like 500 ms, 3 s, 10 min or 1 h"
check "$want"
check "$want" --check

write_config <<'END'
workers: 1
listen: [udp:127.0.0.1:5060
END
check "$f:3:1: not YAML: while parsing a flow sequence: did not find expected ',' or ']'" --check

write_config <<'END'
listen: udp:127.0.0.1:5060
END
check "$f:1:1: nothing could be forwarded: name your networks with trusted, or the domains you serve with domains" --check

printf '@ SOA ns hostmaster 1 2 3 4 5\n_sip._udp SRV 0 0\n' >"$WORK/broken.zone"
write_config <<'END'
listen: udp:127.0.0.1:5060
trusted: 127.0.0.0/8
resolver: {zones: broken.zone}
END
"$BINDIR/sipwardd" --config "$f" --check 2>"$WORK/broken.err"
expect_equal "exit code for a broken zone" $? 78
expect "the place in the zone file" grep -q "broken.zone:[12]: " "$WORK/broken.err"

f=$WORK/nowhere.yaml
"$BINDIR/sipwardd" --config "$f" 2>"$WORK/broken.err"
expect_equal "exit code without a file" $? 78
expect_equal "what it says" "$(cat "$WORK/broken.err")" "$f: cannot be read: No such file or directory"
