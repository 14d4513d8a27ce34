# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C2, C4: our own Route is taken away, by address and by name; the one behind it is the next hop.
script router <<'END'
< OPTIONS
    ~ ^OPTIONS sip:joe@vocal.test SIP/2.0
    ~ Route: <sip:router.test;lr>
    !~ Route: <sip:us.test
> 200
< OPTIONS
    ~ Route: <sip:router.test;lr>
    !~ Route: <sip:127
> 200
END
script caller <<'END'
> OPTIONS
    Route: <sip:us.test;lr>, <sip:router.test;lr>
< 200
> OPTIONS
    Route: <sip:[remote_ip]:[remote_port];lr>
    Route: <sip:router.test;lr>
< 200
END
zone router.test < <(records "$TRANSPORT" 11)
start_uas 11 "$TRANSPORT" router -- -m 1
start_proxy_here "names: us.test"
expect_calls vocal.test 1 caller
expect_served 11
