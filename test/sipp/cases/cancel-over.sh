# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp udp6 tcp6 tls
# C7: CANCEL after 180, over the other transports and families.
script callee <<'END'
< INVITE
> 180
< CANCEL
> 200
> 487 INVITE
< ACK
END
script caller <<'END'
> INVITE
< 100
< 180
> CANCEL
< 200 CANCEL
< 487
> ACK
END
zone_of_servers 11 12
start_uas 11 "$TRANSPORT" callee -- -m 1
start_uas 12 "$TRANSPORT" uas
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
expect_equal "INVITEs at server12" "$(uas_count 12 "$TRANSPORT" INVITE)" 0
