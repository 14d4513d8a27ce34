# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp tls
# C4: a method that nobody has heard of is forwarded like any other.
script callee <<'END'
< FROBNICATE
    ~ Frobnicator: yes
> 200
    Unheard-Of: kept
END
script caller <<'END'
> FROBNICATE
    Frobnicator: yes
< 200
    ~ Unheard-Of: kept
END
expect_plays 2
expect_log 2 method=FROBNICATE status=200 try_count=1
