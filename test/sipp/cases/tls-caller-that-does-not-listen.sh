# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# X3, H1: the caller has one connection over TLS, no certificate, and a Contact that is the name of
# nothing; the other end, over TCP, hangs up.
TRANSPORT=tcp
zone_of_servers 11
script callee <<'END'
< INVITE
    ~ Record-Route: <sip:[^>]*transport=tls
> 200
< ACK
pause 200
> BYE
< 200
END
script caller <<'END'
> INVITE
    - Contact
    Contact: <sip:caller@j2hb5.invalid;transport=tls>
< 100
< 200
> ACK
< BYE
    ~ ^BYE sip:caller@j2hb5.invalid;transport=tls SIP
> 200
pause 300
END
start_uas 11 tcp callee -- -m 4
certificate proxy alt=DNS:proxy.test
TLS=$(free_port)
start_proxy_on "listen: ['tcp:$PROXY:$PORT', 'tls:$PROXY:$TLS']" "$(tls_files proxy)"
TOWARDS=$NET.3:$PORT
start bridge-caller "$BINDIR/tls_bridge" connect "$NET.3" "$PORT" "$PROXY" "$TLS" "ca=$WORK/ca.pem"
wait_for "bridge of the caller" is_bound "$NET.3" "$PORT" tcp
expect_calls vocal.test 4 caller -- -t t1
expect_served 11
expect_log 4 method=BYE status=200 try_count=1
