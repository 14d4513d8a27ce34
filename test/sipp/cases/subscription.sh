# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C7: SUBSCRIBE makes a dialog; its NOTIFYs come back by our Record-Route.
# Over TCP an answer and the request behind it take two connections: without a pause the second may
# be seen first.
script callee <<'END'
< SUBSCRIBE
    ~ Event: presence
> 200
    Expires: 60
pause 200
> NOTIFY
    Event: presence
    Subscription-State: active
< 200
< SUBSCRIBE
    ~ Expires: 0
> 200
pause 200
> NOTIFY
    Event: presence
    Subscription-State: terminated
< 200
END
script caller <<'END'
> SUBSCRIBE
    Event: presence
< 200
    ~ Record-Route: <sip:
< NOTIFY
    ~ Subscription-State: active
> 200
pause 200
> SUBSCRIBE
    Event: presence
    Expires: 0
< 200
< NOTIFY
    ~ Subscription-State: terminated
> 200
END
expect_plays 1
expect_log 2 method=NOTIFY status=200
