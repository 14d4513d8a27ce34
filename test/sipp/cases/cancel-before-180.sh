# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C7: CANCEL before anybody has answered is held back: the server gets it after its first 100. (A call
# before makes the way known, so that the INVITE is out when the CANCEL comes.)
script callee <<'END'
< OPTIONS
> 200
< INVITE
pause 400
> 100
< CANCEL
> 200
> 487 INVITE
< ACK
END
script caller <<'END'
> OPTIONS
< 200
> INVITE
< 100
> CANCEL
< 200 CANCEL
< 487
> ACK
END
expect_plays 1
expect_log 1 method=INVITE status=487 try_count=1
