# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: udp tcp
# C4: Max-Forwards is counted down, and added when there is none.
script callee <<'END'
< OPTIONS
    ~ Max-Forwards: 0[[:cntrl:]]
> 200
< OPTIONS
    ~ Max-Forwards: 70[[:cntrl:]]
> 200
END
script caller <<'END'
> OPTIONS
    - Max-Forwards
    Max-Forwards: 1
< 200
> OPTIONS
    - Max-Forwards
< 200
END
expect_plays 1
