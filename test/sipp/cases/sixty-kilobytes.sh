# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# M4, X2: a message just below the limit of 64 KiB passes.
script callee <<END
< MESSAGE
    ~ end of it
> 200
END
script caller <<END
> MESSAGE
    | $(head -c 60000 /dev/zero | tr '\0' y)
    | end of it
< 200
END
expect_plays 1
