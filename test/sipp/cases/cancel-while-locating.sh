# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# C7, T97: CANCEL while the name server keeps silent: 487 at once, and nothing is sent anywhere.
start mute "$BINDIR/mute_dns" "$DNS" "$DNS_PORT" "$DNS" 1 test
wait_for "name server" is_bound "$DNS" "$DNS_PORT" udp
start_proxy <<END
$(listen_on udp)
$(resolver_nsd)
trusted: 127.0.0.0/8
END
started=$(now_ms)
expect_calls vocal.test 1 uac-cancel BACK=2 PROVISIONALS='<recv response="100" timeout="9000"/>'
expect "an answer before the location's deadline" [ $(($(now_ms) - started)) -lt 3000 ]
expect_log 1 method=INVITE status=487 try_count=0
