# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6 tls
# C4: a message with its body, and its answer.
script callee <<'END'
< MESSAGE
    ~ Hello, Joe
> 200
    Unheard-Of: kept
END
script caller <<'END'
> MESSAGE
    | Hello, Joe
< 200
    ~ Unheard-Of: kept
END
expect_plays 2
expect_log 2 method=MESSAGE status=200 try_count=1
