# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X3: nobody listens at the caller's Contact, as behind a NAT; the other end's re-INVITE, the ACK to it
# and the BYE come over the connection that the caller opened. Of four calls each may be another
# worker's.
script callee <<'END'
< INVITE
> 200
< ACK
pause 200
> INVITE
< 100
< 200
> ACK
pause 200
> BYE
< 200
END
script caller <<'END'
> INVITE
    - Contact
    Contact: <sip:caller@[local_ip]:9;transport=[transport]>
< 100
< 200
> ACK
< INVITE
> 200
    - Contact
    Contact: <sip:caller@[local_ip]:9;transport=[transport]>
< ACK
< BYE
> 200
pause 300
END
expect_plays 4
expect_log 4 method=BYE status=200 try_count=1
expect_log 8 method=INVITE status=200 try_count=1
