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
zone_of_servers 11
start_uas 11 "$TRANSPORT" callee -- -m 1
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
expect_log 1 method=INVITE status=487 try_count=1
