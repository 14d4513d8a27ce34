# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp tls
# C4: OPTIONS that are not for the proxy go on.
script callee <<'END'
< OPTIONS
    ~ Accept: application/sdp
> 200
    Unheard-Of: kept
END
script caller <<'END'
> OPTIONS
    Accept: application/sdp
< 200
    ~ Unheard-Of: kept
END
expect_plays 2
expect_log 2 method=OPTIONS status=200 try_count=1
