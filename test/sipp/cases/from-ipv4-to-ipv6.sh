# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# C4: the caller has IPv4, the server IPv6 only: two Record-Route values, and both ends reach each
# other.
script callee <<'END'
< INVITE
    ~ Via: SIP/2.0/UDP \[::1\]
    ~ Record-Route: <sip:\[::1\].*127[.]
> 200
< ACK
> BYE
< 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
< BYE
> 200
END
v4=$PROXY v4_caller=$CALLER
use_ipv6
zone_of_servers 11
start_uas 11 udp callee -- -m 1
start_proxy_on "listen: ['udp:$v4:$PORT', 'udp:$PROXY:$PORT']"
PROXY=$v4 CALLER=$v4_caller
expect_calls vocal.test 1 caller
expect_served 11
