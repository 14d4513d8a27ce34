# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C4: a next hop in Route without lr is a strict router: it gets its own URI as the Request-URI, and
# the Request-URI at the end of Route.
script router <<'END'
< OPTIONS
    ~ ^OPTIONS sip:router.test[^ ]* SIP/2.0
    ~ Route: <sip:joe@vocal.test>
> 200
END
script caller <<'END'
> OPTIONS
    Route: <sip:router.test>
< 200
END
zone router.test < <(records "$TRANSPORT" 11)
start_uas 11 "$TRANSPORT" router -- -m 1
start_proxy_here
expect_calls vocal.test 1 caller
expect_served 11
