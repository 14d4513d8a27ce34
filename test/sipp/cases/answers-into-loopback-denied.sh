# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# H4: records from the network that lead to loopback are no candidates unless that is allowed.
zone_with_first_server
start_uas 11 udp uas
start_nsd
start_proxy <<END
$(listen_on udp)
$(resolver_nsd | grep -v allow-addresses)
trusted: 127.0.0.0/8
END
uac vocal.test 1 uac && fail "the call went through"
expect_log 1 method=INVITE location=none try_count=0
expect_equal "INVITEs at the server" "$(uas_count 11 udp INVITE)" 0
