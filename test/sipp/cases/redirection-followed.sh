# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6
# C9: with recurse a 302 of a served domain's server is followed, by the DNS, past a contact that is not
# SIP; the caller sees a call, and its ACK and BYE reach who answered.
script moved <<'END'
< INVITE
> 302
    Contact: <tel:+4930>;q=0.9, "Carol" <sip:carol@elsewhere.test>;q=0.5
< ACK
END
script callee <<'END'
< INVITE
    ~ INVITE sip:carol@elsewhere.test SIP
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
> ACK
> BYE
< 200
END
zone_of_servers 11
zone elsewhere.test < <(records "$TRANSPORT" 12)
start_uas 11 "$TRANSPORT" moved -- -m 1
start_uas 12 "$TRANSPORT" callee -- -m 1
start_proxy_here "domains: [vocal.test]" "recurse: true"
expect_calls vocal.test 1 caller
expect_served 11
expect_served 12
expect_log 1 method=INVITE status=200 try_count=2
