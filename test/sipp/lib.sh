# shellcheck shell=bash disable=SC2016
# SPDX-License-Identifier: BSD-2-Clause
#
# What cases are made of. A case is read by `run` after this file; it says what the world looks like
# (zone, start_nsd, start_uas, start_proxy), makes calls and expects things. The first expectation
# that is not met ends it, with the logs shown.
#
# $NET is a prefix of loopback addresses of the case's own: $NET.1 is the proxy, $NET.2 the caller,
# $NET.11 and on the servers, $NET.53 the name server. Over IPv6 all of them are ::1.

# --- beginning and end ------------------------------------------------------------------------

PIDS=()
PROXY_PID=
LAST_PID=
UAS_PIDS=()

# A hundred ports that nobody uses on any address, and no other case while this one runs:
# $PORTS and on.
claim_ports() {
    local claims=${TMPDIR:-/tmp}/sipward-test-ports-$UID claim port used
    mkdir -p "$claims"
    while :; do
        PORTS=$((20000 + RANDOM % 120 * 100))
        exec {claim}>"$claims/$PORTS"
        used=
        if flock -n "$claim"; then
            for port in $(sed -nE 's/^ *[0-9]+: [0-9A-F]+:([0-9A-F]{4}) .*/0x\1/p' /proc/net/{udp,tcp}{,6}); do
                [ $((port - port % 100)) != $PORTS ] || used=$port
            done
            [ -n "$used" ] || return
        fi
        exec {claim}>&-
    done
}

# One of them that has not been given out yet.
free_port() {
    local port=$((PORTS + 50))
    until (set -o noclobber && : >"$WORK/port-$port") 2>/dev/null; do
        port=$((port + 1))
    done
    echo "$port"
}

# OVER is what the case runs over when it has a line `# over:` for it: udp, tcp, udp6, tcp6 or tls.
set_up() {
    WORK=$(mktemp -d)
    trap tear_down EXIT
    trap 'exit 124' TERM INT
    claim_ports
    NET=127.$((16 + RANDOM % 230)).$((RANDOM % 256))
    PORT=$PORTS             # the proxy's
    SERVER_PORT=$((PORTS + 1))
    CALLER_PORT=$((PORTS + 2))
    DNS_PORT=$((PORTS + 3))
    PROXY=$NET.1
    CALLER=$NET.2
    DNS=$NET.53
    LOG=$WORK/proxy.log
    TRANSPORT=${OVER%6}
    case $OVER in *6) use_ipv6 ;; esac
}

use_ipv6() {
    grep -qs "^00000000000000000000000000000001 " /proc/net/if_inet6 || {
        echo "$CASE: no ::1 on this machine"
        exit 77
    }
    NET=::1
    PROXY='[::1]'
    CALLER=::1
    DNS=127.$((16 + RANDOM % 230)).$((RANDOM % 256)).53
}

# Where server N is: an address of its own, or over IPv6 a port of its own.
host_of() { # N
    if [ "$NET" = ::1 ]; then echo ::1; else echo "$NET.$1"; fi
}

port_of() { # N
    if [ "$NET" = ::1 ]; then echo $((PORTS + $1)); else echo "$SERVER_PORT"; fi
}

# The same as the log writes it.
place_of() { # N
    if [ "$NET" = ::1 ]; then echo "\[::1\]:$(port_of "$1")"; else echo "$NET.$1:$SERVER_PORT"; fi
}

tear_down() {
    local status=$?
    {
        kill -KILL -- "${PIDS[@]}"
        wait
    } 2>/dev/null
    if [ $status != 0 ]; then
        echo "$CASE: FAILED ($status)"
        tail -n 40 "$WORK"/*.log "$WORK"/*.out 2>/dev/null
    fi
    [ -z "${KEEP:-}" ] || cp -r "$WORK" "$KEEP"
    rm -rf "$WORK"
    exit $status
}

# Start a program in the background; it dies with this shell. Its output goes to NAME.out.
start() { # NAME PROGRAM...
    local name=$1
    shift
    setpriv --pdeathsig KILL "$@" >"$WORK/$name.out" 2>&1 </dev/null &
    LAST_PID=$!
    PIDS+=("$LAST_PID")
}

# The same for one that has children of its own.
start_group() { # NAME PROGRAM...
    local name=$1
    shift
    start "$name" setsid "$@"
    PIDS[-1]=-$LAST_PID
}

fail() {
    echo "$CASE: $*"
    exit 1
}

# Until the command succeeds, twenty seconds at most.
wait_for() { # WHAT COMMAND...
    local what=$1 deadline=$((SECONDS + 20))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "no $what after 20 s"
        sleep 0.02
    done
}

expect() { # WHAT COMMAND...
    local what=$1
    shift
    "$@" || fail "expected: $what"
}

expect_equal() { # WHAT GOT WANT
    [ "$2" = "$3" ] || fail "$1: got '$2', want '$3'"
}

# --- name servers -----------------------------------------------------------------------------

# Zone files of the case: records from standard input behind an SOA.
zone() { # ORIGIN
    ZONES="${ZONES:-} $1"
    {
        echo "\$ORIGIN $1."
        echo "\$TTL 60"
        echo "@ SOA ns hostmaster 1 3600 900 604800 60"
        echo "@ NS ns"
        echo "ns A $DNS"
        cat
    } >"$WORK/$1.zone"
}

# SRV and address records for servers N, each with a priority of its own, in that order; and the zone
# of a domain that has them for the transport of the case and nothing else.
records() { # TRANSPORT N...
    local prefix=_sip._$1 n priority=0 type=A
    [ "$1" != tls ] || prefix=_sips._tcp
    [ "$NET" != ::1 ] || type=AAAA
    shift
    for n in "$@"; do
        echo "$prefix SRV $priority 0 $(port_of "$n") server$n"
        echo "server$n $type $(host_of "$n")"
        priority=$((priority + 1))
    done
}

zone_of_servers() { # N...
    zone vocal.test < <(records "$TRANSPORT" "$@")
}

# nsd with all zones of the case on $DNS:$DNS_PORT.
start_nsd() {
    {
        echo "server:"
        echo "  ip-address: $DNS@$DNS_PORT"
        echo "  username: \"\""
        echo "  zonesdir: \"$WORK\""
        echo "  database: \"\""
        echo "  pidfile: \"$WORK/nsd.pid\""
        echo "  xfrdfile: \"$WORK/nsd.xfrd\""
        echo "  xfrdir: \"$WORK\""
        echo "  zonelistfile: \"$WORK/nsd.zonelist\""
        echo "  server-count: 1"
        echo "remote-control:"
        echo "  control-enable: no"
        for z in $ZONES; do
            printf 'zone:\n  name: "%s"\n  zonefile: "%s.zone"\n' "$z" "$z"
        done
    } >"$WORK/nsd.conf"
    start nsd nsd -d -c "$WORK/nsd.conf"
    wait_for "name server" grep -q "nsd started" "$WORK/nsd.out"
}

# What the proxy's `resolver` must be to ask that name server.
resolver_nsd() {
    echo "resolver: {mode: ${RESOLVER_MODE:-validate}, source: servers, servers: ['$DNS:$DNS_PORT'], dnssec: false}"
    echo "allow-addresses: [$NET.0/24, '::1']"
}

# What it must be to answer from the zone files itself.
resolver_zones() {
    local files="" z
    for z in $ZONES; do
        files="$files'$WORK/$z.zone', "
    done
    echo "resolver: {source: zones, zones: [$files]}"
}

# --- the proxy --------------------------------------------------------------------------------

listen_on() { # TRANSPORT...
    local t items=""
    for t in "$@"; do
        items="$items'$t:$PROXY:$PORT', "
    done
    echo "listen: [$items]"
}

# The configuration is standard input. SIPWARD_WORKERS says how many workers, where the case does not.
write_config() {
    cat >"$WORK/sipward.yaml"
    if [ -n "${SIPWARD_WORKERS:-}" ] && ! grep -qE '^(workers|seed):' "$WORK/sipward.yaml"; then
        echo "workers: $SIPWARD_WORKERS" >>"$WORK/sipward.yaml"
    fi
}

# DESCRIPTORS, where it is set, is how many files the proxy may open: it raises its own limit.
start_proxy() {
    write_config
    : >"$LOG" # an earlier one has said in it that it is ready
    # shellcheck disable=SC2086
    ${DESCRIPTORS:+prlimit --nofile=$DESCRIPTORS:$DESCRIPTORS} setpriv --pdeathsig KILL "$BINDIR/sipwardd" --config "$WORK/sipward.yaml" >"$WORK/proxy.out" \
        2>"$LOG" </dev/null &
    PROXY_PID=$!
    PIDS+=("$PROXY_PID")
    wait_for "line that the proxy is ready" is_ready_or_dead
    expect "that the proxy is ready" grep -q ev=ready "$LOG"
}

# A proxy with those listeners, over the zone files, which record-routes. Its T1 is as long as that of
# the scripts unless a LINE has timers.
start_proxy_on() { # LISTEN-LINE [LINE...]
    case "$*" in *timers:*) ;; *) set -- "$@" "timers: {t1: 4 s, transaction: 32 s}" ;; esac
    start_proxy <<END
$(printf '%s\n' "$@")
$(resolver_zones)
trusted: [127.0.0.0/8, "::1"]
record-route: true
END
}

# The same for the transport of the case.
start_proxy_here() { # [LINE...]
    if [ "$TRANSPORT" = tls ]; then
        certificate proxy alt=DNS:proxy.test
        set -- "$(tls_files proxy)" "$@"
    fi
    start_proxy_on "$(listen_on "$TRANSPORT")" "$@"
}

is_ready_or_dead() {
    grep -qs ev=ready "$LOG" || ! kill -0 "$PROXY_PID" 2>/dev/null
}

# Twice SIGTERM ends it at once; whatever it was doing, that is no failure, and nothing leaks.
stop_proxy_in_order() {
    local status
    [ -n "$PROXY_PID" ] || return 0
    kill -TERM "$PROXY_PID" 2>/dev/null
    wait_for "line that it drains" grep -q ev=draining "$LOG"
    kill -TERM "$PROXY_PID" 2>/dev/null
    wait "$PROXY_PID"
    status=$?
    PROXY_PID=
    expect_equal "exit code of the proxy" $status 0
    expect "that no sanitizer complains" eval '! grep -qE "Sanitizer|runtime error" "$LOG"'
}

# Transactions in the log that match all patterns given.
log_count() { # PATTERN...
    local lines pattern
    lines=$(grep ev=transaction "$LOG")
    for pattern in "$@"; do
        lines=$(grep -E -- "$pattern" <<<"$lines")
    done
    grep -c . <<<"$lines"
}

expect_log() { # COUNT PATTERN...
    local want=$1
    shift
    wait_for "log lines ($want) with $*" eval "[ \"\$(log_count $(printf '%q ' "$@"))\" -ge $want ]"
    expect_equal "log lines with $*" "$(log_count "$@")" "$want"
}

# --- callers and servers ----------------------------------------------------------------------

# A scenario of the case's own: standard input is a script as `play` reads it.
script() { # NAME [t1=MILLISECONDS]
    ./play "${2:-t1=4000}" - >"$WORK/$1.xml" || fail "script $1"
}

# That scenario, or one of xml/, with @NAME@ replaced: scenario uac STATUS=486
scenario() { # NAME KEY=VALUE...
    local name=$1 text pair file=xml/$1.xml
    shift
    [ ! -e "$WORK/$name.xml" ] || file=$WORK/$name.xml
    text=$(cat "$file")
    [ "$TRANSPORT" != tls ] || text=${text//"[transport]"/TLS}
    for pair in "$@"; do
        case $pair in
        \[*) text=${text//"${pair%%=*}"/${pair#*=}} ;; # what sipp would have put there
        *) text=${text//"@${pair%%=*}@"/${pair#*=}} ;;
        esac
    done
    SCENARIO=$(mktemp "$WORK/$name-XXXXXX.xml")
    echo "$text" >"$SCENARIO"
}

# sipp as a server: start_uas SERVER TRANSPORT SCENARIO [KEY=VALUE...] [-- SIPP-OPTION...]
# SERVER is the last part of the address, TRANSPORT udp, tcp or tls. Over TLS a bridge has the
# server's port, and sipp behind it speaks of that one as its own.
start_uas() {
    local server=$1 transport=$2 xml=$3 pairs=() port
    shift 3
    port=$(port_of "$server")
    if [ "$transport" = tls ]; then
        certificate "server$server" "alt=DNS:vocal.test,IP:$(host_of "$server")"
        TLS_PORT=$port SERVER_PORT=$((PORTS + 9)) start_bridge "$server" "server$server"
        pairs+=("[local_port]=$port")
        port=$((PORTS + 9))
    fi
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        pairs+=("$1")
        shift
    done
    [ $# = 0 ] || shift
    scenario "$xml" DOMAIN=vocal.test "${pairs[@]}"
    start "uas-$server-$transport" sipp -sf "$SCENARIO" -i "$(host_of "$server")" -p "$port" \
        -t "$(sipp_flag "$transport")" -nostdin -trace_msg -message_file "$WORK/uas-$server-$transport.msg" \
        -trace_err -error_file "$WORK/uas-$server-$transport-errors.log" \
        -message_overwrite true -watchdog_reset 600000 "$@"
    UAS_PIDS[$server]=$LAST_PID
    wait_for "server $server over $transport" is_bound "$(host_of "$server")" "$port" "${transport/tls/tcp}"
}

# One of the kinds of `peer` as server SERVER.
start_peer() { # SERVER KIND [TO-HOST TO-PORT]
    local server=$1 kind=$2
    shift 2
    start "peer-$server" ./peer "$kind" "$(host_of "$server")" "$(port_of "$server")" "$@"
    wait_for "server $server, which $kind" grep -qs ready "$WORK/peer-$server.out"
}

# A server that was started for so many calls (-m) has ended, and each went as its script says.
expect_served() { # SERVER...
    local server
    for server in "$@"; do
        wait_for "end of server $server" eval '! kill -0 "${UAS_PIDS[$server]}" 2>/dev/null'
        wait "${UAS_PIDS[$server]}" || fail "server $server did not see what it should"
    done
}

# /proc has addresses as hexadecimal in the order of the machine. Over TCP somebody must listen: a
# connection that is left over from before would look the same.
is_bound() { # ADDRESS PORT TRANSPORT
    local a b c d state=07
    [ "$3" = udp ] || state=0A
    if [ "$1" = ::1 ]; then
        grep -qE "$(printf '000000000000000001000000:%04X [0-9A-F:]+ %s ' "$2" $state)" "/proc/net/${3}6"
        return
    fi
    IFS=. read -r a b c d <<<"$1"
    grep -qE "$(printf '%02X%02X%02X%02X:%04X [0-9A-F:]+ %s ' "$d" "$c" "$b" "$a" "$2" $state)" "/proc/net/$3"
}

# Requests of a method that a server got.
uas_count() { # SERVER TRANSPORT METHOD
    local n
    n=$(grep -c "^$3 sip" "$WORK/uas-$1-$2.msg" 2>/dev/null)
    echo "${n:-0}"
}

# sipp as a caller of sip:joe@DOMAIN: uac DOMAIN CALLS SCENARIO [KEY=VALUE...] -- [SIPP-OPTION...]
# The exit code is sipp's: 0 when every call went as the scenario says. It calls over the transport of
# the case unless an option -t says otherwise.
uac() {
    local domain=$1 calls=$2 xml=$3 pairs=() flag=()
    shift 3
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        pairs+=("$1")
        shift
    done
    [ $# = 0 ] || shift
    [ "$TRANSPORT" != tls ] || [ -n "${TOWARDS:-}" ] || call_over_tls "ca=$WORK/ca.pem"
    case " $* " in *" -t "*) ;; *) flag=(-t "$(sipp_flag "$TRANSPORT")") ;; esac
    scenario "$xml" DOMAIN="$domain" "${pairs[@]}"
    timeout 40 setpriv --pdeathsig KILL sipp -sf "$SCENARIO" "${TOWARDS:-$PROXY:$PORT}" -i "$CALLER" \
        -p "$CALLER_PORT" -m "$calls" -r 20 -nostdin -timeout 35 -timeout_error \
        -trace_msg -message_file "$WORK/uac.msg" -message_overwrite true \
        -trace_err -error_file "$WORK/uac-errors.log" \
        "${flag[@]}" "$@" >"$WORK/uac.out" 2>&1 </dev/null
}

expect_calls() { # DOMAIN CALLS SCENARIO...
    uac "$@" || fail "calls to $1 ($3) did not go as they should"
}

# What the script callee answers at server 11 of vocal.test, the script caller asks for, so many times;
# between them is a proxy for the transport of the case.
expect_plays() { # COUNT [LINE...]
    local count=$1
    shift
    zone_of_servers 11
    start_uas 11 "$TRANSPORT" callee -- -m "$count"
    start_proxy_here "$@"
    expect_calls vocal.test "$count" caller
    expect_served 11
}

# Milliseconds since some time.
now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# One datagram to the proxy and what comes back within PATIENCE (2 s); \r\n are written out.
exchange_udp() { # TEXT
    exec 9<>"/dev/udp/${PROXY//[][]/}/$PORT"
    printf '%b' "$1" | dd bs=65536 iflag=fullblock status=none >&9 # one write, one datagram
    timeout "${PATIENCE:-2}" dd bs=65536 count=1 status=none <&9
    exec 9>&-
}

# The same over a connection; all that comes until the other side closes or PATIENCE is over.
exchange_tcp() { # TEXT
    exec 9<>"/dev/tcp/${PROXY//[][]/}/$PORT"
    printf '%b' "$1" >&9
    timeout "${PATIENCE:-2}" cat <&9
    exec 9>&-
}

# --- TLS --------------------------------------------------------------------------------------

# A certificate and its key, $WORK/NAME.pem and .key, from the authority $WORK/ca.pem: see
# tls_make.c for the options.
certificate() { # NAME OPTION...
    "$BINDIR/tls_make" "$WORK" "$@" || fail "no certificate $1"
}

# A server over TLS: sipp behind a bridge that shows the certificate CERT. It listens on
# $TLS_PORT.
start_tls_uas() { # SERVER CERT SCENARIO [KEY=VALUE...] [-- BRIDGE-OPTION...]
    local server=$1 cert=$2 pairs=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        pairs+=("$1")
        shift
    done
    [ $# = 0 ] || shift
    start_uas "$server" tcp "${pairs[@]}"
    start_bridge "$server" "$cert" "$@"
}

# It leads to sipp at the same address, or at server TO.
start_bridge() { # SERVER CERT [BRIDGE-OPTION...]
    local server=$1 cert=$2
    shift 2
    TLS_PORT=${TLS_PORT:-$(free_port)}
    start "bridge-$server" "$BINDIR/tls_bridge" accept "$NET.$server" "$TLS_PORT" \
        "$NET.${TO:-$server}" "$SERVER_PORT" "cert=$WORK/$cert.pem" "key=$WORK/$cert.key" "$@"
    wait_for "bridge $server" is_bound "$NET.$server" "$TLS_PORT" tcp
}

# From now on uac calls over TLS, with -t t1: the bridge of the caller is at $NET.3.
call_over_tls() { # [BRIDGE-OPTION...]
    TOWARDS=$NET.3:$PORT
    start bridge-caller "$BINDIR/tls_bridge" connect "$NET.3" "$PORT" "$PROXY" "$PORT" "$@"
    wait_for "bridge of the caller" is_bound "$NET.3" "$PORT" tcp
}

# What the configuration says about TLS.
tls_files() { # CERT [LINE...]
    local cert=$1
    shift
    echo "tls:"
    echo "  certificate: $WORK/$cert.pem"
    echo "  key: $WORK/$cert.key"
    echo "  ca: $WORK/ca.pem"
    [ $# = 0 ] || printf '  %s\n' "$@"
}

# vocal.test over TLS alone, server1 before server2.
zone_over_tls() {
    TLS_PORT=$(free_port)
    zone vocal.test <<END
@ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.vocal.test.
@ NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.vocal.test.
_sips._tcp SRV 0 1 $TLS_PORT server1
_sips._tcp SRV 1 1 $TLS_PORT server2
_sip._tcp SRV 0 1 $SERVER_PORT server1
_sip._tcp SRV 1 1 $SERVER_PORT server2
server1 A $NET.11
server2 A $NET.12
END
}

# --- worlds that several cases share ----------------------------------------------------------

# The worked example with server1 always first, so that it is known who fails.
zone_with_first_server() {
    zone vocal.test <<END
@ NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.vocal.test.
@ NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.vocal.test.
@ NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.vocal.test.
_sip._tcp SRV 0 1 $SERVER_PORT server1
_sip._tcp SRV 1 1 $SERVER_PORT server2
_sip._udp SRV 0 1 $SERVER_PORT server1
_sip._udp SRV 1 1 $SERVER_PORT server2
server1 A $NET.11
server2 A $NET.12
END
}

# A proxy that has that transport alone, over nsd and the network.
start_proxy_over() { # TRANSPORT [LINE...]
    local transport=$1
    shift
    start_nsd
    start_proxy <<END
$(listen_on "$transport")
$(resolver_nsd)
trusted: 127.0.0.0/8
record-route: true
$(printf '%s\n' "$@")
END
}

# How sipp is told to call over a transport.
sipp_flag() { # TRANSPORT
    if [ "$1" = udp ]; then echo u1; else echo t1; fi
}

# The case of a server1 that fails as the function says, over one transport.
server1_refuses() { # TRANSPORT
    zone_with_first_server
    start_uas 12 "$1" uas
    start_proxy_over "$1"
    expect_calls vocal.test 1 uac -- -t "$(sipp_flag "$1")"
    expect_log 1 method=INVITE status=200 try_count=2 "$1:$NET.11:$SERVER_PORT server1.vocal.test refused"
    # The failure is known now: nobody else tries server1.
    expect_calls vocal.test 10 uac -- -t "$(sipp_flag "$1")"
    expect_log 10 method=INVITE status=200 try_count=1 "$1:$NET.12:$SERVER_PORT server2.vocal.test 200"
}

server1_is_silent() { # TRANSPORT
    local started
    zone_with_first_server
    start_uas 11 "$1" uas-silent
    start_uas 12 "$1" uas
    start_proxy_over "$1"
    started=$(now_ms)
    expect_calls vocal.test 1 uac -- -t "$(sipp_flag "$1")"
    expect "that the try time was waited for" [ $(($(now_ms) - started)) -gt 3900 ]
    expect_log 1 method=INVITE status=200 try_count=2 "server1.vocal.test timeout [34][0-9]{3}\."
    started=$(now_ms)
    expect_calls vocal.test 10 uac -- -t "$(sipp_flag "$1")"
    expect "that nobody waited again" [ $(($(now_ms) - started)) -lt 3000 ]
    expect_log 10 method=INVITE status=200 try_count=1 "server2.vocal.test 200"
    expect "that server1 saw the INVITE" [ "$(uas_count 11 "$1" INVITE)" -ge 1 ]
}

server1_answers_503() { # TRANSPORT
    zone_with_first_server
    start_uas 11 "$1" uas-status STATUS=503
    start_uas 12 "$1" uas
    start_proxy_over "$1"
    expect_calls vocal.test 5 uac -- -t "$(sipp_flag "$1")"
    # R2: a 503 without Retry-After concerns its own transaction only.
    expect_log 5 method=INVITE status=200 try_count=2 "server1.vocal.test 503"
    expect_equal "ACKs at server1" "$(uas_count 11 "$1" ACK)" 5
    expect_equal "INVITEs at server2" "$(uas_count 12 "$1" INVITE)" 5
}

# baresip with the configuration of docs/recipes/baresip, at server N's place, with sipwardd as its
# outbound proxy. Over TLS it has a certificate for its domain and its address.
start_baresip() { # N USER DOMAIN BARESIP-OPTION...
    local n=$1 user=$2 domain=$3 dir=$WORK/baresip-$1 own_port
    shift 3
    mkdir "$dir"
    own_port=$(port_of "$n")
    [ "$TRANSPORT" != tls ] || own_port=$((own_port - 1)) # baresip speaks TLS at the next one
    sed -e "s/127.0.0.1:5060/$(host_of "$n"):$own_port/" ../../docs/recipes/baresip/config >"$dir/config"
    if [ "$TRANSPORT" = tls ]; then
        certificate "baresip-$n" "alt=DNS:$domain,IP:$(host_of "$n")"
        cat "$WORK/baresip-$n.pem" "$WORK/baresip-$n.key" >"$dir/cert.pem"
        printf 'sip_certificate %s\nsip_cafile %s\n' "$dir/cert.pem" "$WORK/ca.pem" >>"$dir/config"
    fi
    sed -e "s/USER@DOMAIN;transport=udp/$user@$domain;transport=$TRANSPORT/" \
        -e "s/127.0.0.1:5070/$PROXY:$PORT;transport=$TRANSPORT/" ../../docs/recipes/baresip/accounts >"$dir/accounts"
    start "baresip-$n" env HOME="$dir" baresip -f "$dir" "$@"
    wait_for "baresip of $user" grep -qs "baresip is ready" "$WORK/baresip-$n.out"
}
