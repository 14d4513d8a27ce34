# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# As answer-that-needs-tcp, with the resolver that is a stub.
RESOLVER_MODE=stub
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/answer-that-needs-tcp.sh"
