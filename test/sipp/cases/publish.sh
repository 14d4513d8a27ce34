# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C4: PUBLISH with an event and a body.
script callee <<'END'
< PUBLISH
    ~ Event: presence
> 200
    Unheard-Of: kept
END
script caller <<'END'
> PUBLISH
    Event: presence
    | <presence/>
< 200
    ~ Unheard-Of: kept
END
expect_plays 2
expect_log 2 method=PUBLISH status=200 try_count=1
