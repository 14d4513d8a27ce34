# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6
# C7: UPDATE, INFO, MESSAGE, OPTIONS and a method that nobody has heard of, in a dialog, both ways.
# Over TCP an answer and the request behind it take two connections: without a pause the second may
# be seen first.
script callee <<'END'
< INVITE
> 200
< ACK
< UPDATE
> 200
< INFO
    ~ Info-Package: dtmf
> 200
< FROBNICATE
> 200
pause 200
> INFO
< 415
> MESSAGE
    | I am here
< 200
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
> UPDATE
< 200
> INFO
    Info-Package: dtmf
    | Signal=1
< 200
> FROBNICATE
< 200
< INFO
> 415
< MESSAGE
    ~ I am here
> 200
pause 200
> BYE
< 200
END
expect_plays 1
for method in UPDATE FROBNICATE MESSAGE; do
    expect_log 1 method=$method status=200
done
