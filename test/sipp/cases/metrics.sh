# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# /metrics pleases a strict parser and counts what happened; /readyz turns away who asks while it
# drains; nothing else is answered.
get() { # PATH
    curl -s --max-time 5 "http://$PROXY:$ADMIN_PORT$1"
}

code_of() { # PATH [CURL-OPTION...]
    local path=$1
    shift
    curl -s --max-time 5 -o /dev/null -w '%{http_code}' "$@" "http://$PROXY:$ADMIN_PORT$path"
}

expect_metric() { # LINE
    expect "'$1' in /metrics" grep -qxF -- "$1" "$WORK/metrics"
}

ADMIN_PORT=$(free_port)
zone_with_first_server
start_uas 12 tcp uas
start_proxy_over tcp "admin: $PROXY:$ADMIN_PORT" "workers: 1"
expect_equal "/readyz" "$(code_of /readyz)" 200
expect_equal "/livez" "$(code_of /livez)" 200
expect_calls vocal.test 1 uac -- -t t1 # after which the failure is known
expect_calls vocal.test 2 uac -- -t t1
expect_log 3 method=BYE status=200

get /metrics >"$WORK/metrics"
promtool check metrics <"$WORK/metrics" >"$WORK/promtool.out" 2>&1
expect_equal "exit code of promtool" $? 0
expect_equal "complaints of promtool" "$(cat "$WORK/promtool.out")" ""
expect_equal "samples without a name of ours" "$(grep -v '^#' "$WORK/metrics" | grep -cv '^sipward_')" 0
expect_metric 'sipward_transactions_total{method="INVITE",class="2xx"} 3'
expect_metric 'sipward_transactions_total{method="BYE",class="2xx"} 3'
expect_metric 'sipward_try_errors_total{transport="tcp",cause="refused"} 1'
expect_metric 'sipward_failovers_total 1'
expect_metric 'sipward_places_penalised 1'
expect_metric 'sipward_draining 0'
expect_metric 'sipward_reloads_total{result="applied"} 0'
expect_metric 'sipward_workers_silent 0'
expect "questions counted" grep -qE '^sipward_dns_answers_total\{outcome="records"\} [1-9]' "$WORK/metrics"
expect "the whole of locations timed" grep -qE '^sipward_location_seconds_count\{stage="whole"\} [1-9]' "$WORK/metrics"
expect "a load of the worker" grep -qE '^sipward_worker_cpu_seconds_total\{worker="0"\} 0\.[0-9]*[1-9]' "$WORK/metrics"

expect_equal "another path" "$(code_of /)" 404
expect_equal "a query behind it" "$(code_of '/readyz?verbose')" 200
expect_equal "another method" "$(code_of /metrics -X POST -d x=1)" 501
expect_equal "a header that is too long" "$(code_of /metrics -H "X: $(printf '%9000s' x)")" 400
expect_equal "HEAD" "$(code_of /readyz -I)" 200

# Transactions linger after their 2xx (RFC 6026), so that it can be asked while it drains.
kill -TERM "$PROXY_PID"
wait_for "line that it drains" grep -q ev=draining "$LOG"
expect_equal "/readyz while draining" "$(code_of /readyz)" 503
expect_equal "/livez while draining" "$(code_of /livez)" 200
get /metrics >"$WORK/metrics"
expect_metric 'sipward_draining 1'
