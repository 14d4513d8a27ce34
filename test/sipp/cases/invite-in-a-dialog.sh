# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6
# C7: either side asks again in the dialog; one such INVITE is refused, and its ACK ends at the proxy's
# next hop as every ACK to a refusal does. The ACK to the 488 is the proxy's own: without a pause the
# BYE behind it may be seen, over another connection, before the 488 is.
script callee <<'END'
< INVITE
> 200
< ACK
< INVITE
    ~ s=on hold
> 200
< ACK
> INVITE
    | v=0
    | s=the other way
< 100
< 488
> ACK
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
> INVITE
    | v=0
    | s=on hold
< 100
< 200
> ACK
< INVITE
    ~ s=the other way
> 488
< ACK
pause 200
> BYE
< 200
END
expect_plays 1
expect_log 2 method=INVITE status=200
expect_log 1 method=INVITE status=488
