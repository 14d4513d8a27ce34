# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F5, R2, R3: server1 is a black hole; one call waits for the try time, the next ones do not.
server1_is_silent udp
