# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp
# F6: server11 says nothing for the try time and then answers after all, while server12 rings: the
# caller gets the 200 and server12 a CANCEL.
script late <<'END'
< INVITE
pause 4600
> 200
< ACK
< BYE
> 200
END
script ringing <<'END'
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
    fork
< 200
> ACK
> BYE
< 200
END
zone_of_servers 11 12
start_uas 11 udp late -- -m 1
start_uas 12 udp ringing -- -m 1
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11 12
