# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C7: a CANCEL that crosses the 200 is answered with 200 and ends nothing: the call stands until it
# is hung up.
script callee <<'END'
< INVITE
> 180
> 200
< ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 180
< 200
> CANCEL
< 200 CANCEL
> ACK
> BYE
< 200
END
expect_plays 1
expect_equal "CANCELs at the server" "$(uas_count 11 "$TRANSPORT" CANCEL)" 0
