# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C7: REFER within a call, and the NOTIFY of what came of it.
# Over TCP an answer and the request behind it take two connections: without a pause the second may
# be seen first.
script callee <<'END'
< INVITE
> 200
< ACK
< REFER
    ~ Refer-To: <sip:carol@elsewhere.test>
> 202
pause 200
> NOTIFY
    Event: refer
    Subscription-State: terminated;reason=noresource
    Content-Type: message/sipfrag
    | SIP/2.0 200 OK
< 200
< BYE
> 200
END
script caller <<'END'
> INVITE
< 100
< 200
> ACK
> REFER
    Refer-To: <sip:carol@elsewhere.test>
< 202
< NOTIFY
    ~ SIP/2.0 200 OK
> 200
pause 200
> BYE
< 200
END
expect_plays 1
