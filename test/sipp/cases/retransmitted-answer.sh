# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp
# RFC 6026: the server repeats its 200 until it sees an ACK; each goes up, and the ACK goes down.
script callee t1=200 <<'END'
< INVITE
> 200
< ACK
END
script caller <<'END'
> INVITE
< 100
< 200
pause 1200
> ACK
END
expect_plays 1
expect "at least two 200 at the caller" eval '[ "$(grep -c "^SIP/2.0 200" "$WORK/uac.msg")" -ge 2 ]'
