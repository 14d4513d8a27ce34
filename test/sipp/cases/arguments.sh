# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# The command line: exit 0 and 2, results on standard output, complaints on standard error.
program() {
    "$BINDIR/sipwardd" "$@" >"$WORK/args.stdout" 2>"$WORK/args.stderr"
}
program --help
expect_equal "exit of --help" $? 0
expect "a usage line" grep -q "^usage: sipwardd --config FILE" "$WORK/args.stdout"
program --version
expect_equal "exit of --version" $? 0
expect "a version" grep -qE "^sipwardd [0-9]+\.[0-9]+\.[0-9]+$" "$WORK/args.stdout"
for arguments in "" "--check" "--config" "--nonsense" "--config x y"; do
    # shellcheck disable=SC2086
    program $arguments
    expect_equal "exit of '$arguments'" $? 2
    expect "a complaint about '$arguments'" [ -s "$WORK/args.stderr" ]
    expect_equal "output of '$arguments'" "$(cat "$WORK/args.stdout")" ""
done
zone_with_first_server
write_config <<END
$(listen_on udp)
$(resolver_zones)
trusted: 127.0.0.0/8
END
program --config "$WORK/sipward.yaml" --check
expect_equal "exit of --check" $? 0
expect_equal "what it says" "$(cat "$WORK/args.stdout" "$WORK/args.stderr")" ""
expect "that nothing was opened" eval '! is_bound "$PROXY" "$PORT" udp'
