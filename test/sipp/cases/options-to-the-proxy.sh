# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp udp6 tcp6
# C1: OPTIONS with the proxy's own address are answered by it; with Max-Forwards 0 too; for others
# those have gone too far; other methods for the proxy find nobody.
script caller <<'END'
> OPTIONS sip:[remote_ip]:[remote_port]
< 200
> OPTIONS sip:[remote_ip]:[remote_port]
    - Max-Forwards
    Max-Forwards: 0
< 200
> OPTIONS
    - Max-Forwards
    Max-Forwards: 0
< 483
> MESSAGE
    - Max-Forwards
    Max-Forwards: 0
< 483
> MESSAGE sip:somebody@[remote_ip]:[remote_port]
< 404
END
zone_of_servers 11
start_proxy_here
expect_calls vocal.test 1 caller
