# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# C7: CANCEL after 180 goes to the server that rings; 200 to the CANCEL, 487 to the INVITE.
zone_with_first_server
start_uas 11 udp uas-cancelled
start_uas 12 udp uas
start_proxy_over udp
expect_calls vocal.test 3 uac-cancel BACK=3 \
    PROVISIONALS='<recv response="100" optional="true"/><recv response="180" timeout="9000"/>'
expect_log 3 method=INVITE status=487 try_count=1
expect_equal "CANCELs at server1" "$(uas_count 11 udp CANCEL)" 3
expect_equal "ACKs at server1" "$(uas_count 11 udp ACK)" 3
expect_equal "INVITEs at server2" "$(uas_count 12 udp INVITE)" 0
