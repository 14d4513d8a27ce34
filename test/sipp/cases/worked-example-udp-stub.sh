# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# As worked-example-udp, with the resolver that is a stub.
RESOLVER_MODE=stub
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/worked-example-udp.sh"
