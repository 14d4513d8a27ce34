# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F1, R2, R3, X5: nobody at server1's port; the call goes on at once, and the next ones know.
server1_refuses udp
