# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# F1, F2, R2: server1 answers 503; it gets its ACK, server2 gets the call.
server1_answers_503 udp
