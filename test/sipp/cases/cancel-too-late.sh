# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C7: a CANCEL that crosses the 200 is answered with 200 and ends nothing: the call stands until it
# is hung up.
script callee <<'END'
< INVITE
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
> CANCEL
< 200 CANCEL
> ACK
> BYE
< 200
END
zone_of_servers 11
start_uas 11 "$TRANSPORT" callee -- -m 1
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
expect_equal "CANCELs at the server" "$(uas_count 11 "$TRANSPORT" CANCEL)" 0
