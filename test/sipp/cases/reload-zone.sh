# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# A zone file that was changed is read anew by a reload, and what was known of the domain counts no
# more; the resolver stays when nothing of it was changed; a zone file that is broken changes nothing.
ctl() {
    "$BINDIR/sipward" ctl --socket "$WORK/control" "$@"
}

zone_of_servers 11
start_uas 11 udp uas
start_uas 12 udp uas
start_proxy_here "control: $WORK/control" "workers: 2"
expect_calls vocal.test 4 uac
expect_log 4 method=INVITE status=200 "server11.vocal.test 200"
ctl reload || fail "ctl reload says $?"
expect "that the resolver was kept" grep -q "ev=reloaded .*resolver=kept" "$LOG"
zone_of_servers 12
ctl reload || fail "ctl reload says $?"
expect "that there is a new resolver" grep -q "ev=reloaded .*resolver=new" "$LOG"
expect_calls vocal.test 4 uac
expect_log 4 method=INVITE status=200 "server12.vocal.test 200"

echo "server13 AAAA 192.0.2.1" >>"$WORK/vocal.test.zone"
ctl reload 2>"$WORK/refused.out"
expect_equal "exit code of a reload with a broken zone file" $? 2
expect "which line is wrong" grep -qE "vocal.test.zone:[0-9]+: " "$WORK/refused.out"
expect_calls vocal.test 1 uac
expect_log 5 method=INVITE status=200 "server12.vocal.test 200"
