# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp udp6
# X7: 20000 octets in one datagram, which the network carries in pieces, arrive as they were sent; so
# does an answer of that size.
script callee <<END
< MESSAGE
    ~ begin $(head -c 250 /dev/zero | tr '\0' y)
    ~ end of it
> 200
    | begin $(head -c 20000 /dev/zero | tr '\0' z)
    | end of that
END
script caller <<END
> MESSAGE
    | begin $(head -c 20000 /dev/zero | tr '\0' y)
    | end of it
< 200
    ~ Content-Length: 20021
    ~ end of that
END
expect_plays 1
