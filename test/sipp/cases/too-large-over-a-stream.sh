# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6 tls
# M4: what is too large on a stream is answered as soon as that is known, and the answer is not
# destroyed by a reset: who is still sending for seconds afterwards finds it when he reads at last.
zone_of_servers 11
start_proxy_here
to=("${PROXY//[][]/}" "$PORT")
[ "$TRANSPORT" != tls ] || to+=("$WORK/ca.pem")

request() { # CALL-ID HEADER-FIELD
    printf '%s\r\n' 'MESSAGE sip:joe@vocal.test SIP/2.0' \
        "Via: SIP/2.0/${TRANSPORT^^} caller.example.net;branch=z9hG4bK-$1" 'Max-Forwards: 70' \
        'From: <sip:a@example.net>;tag=1' 'To: <sip:joe@vocal.test>' "Call-ID: $1" \
        'CSeq: 1 MESSAGE' "$2" ''
}

expect_answer_to() { # CALL-ID HEADER-FIELD STATUS-LINE
    expect_equal "answer to $1" \
        "$(request "$1" "$2" | timeout 40 ./peer pours "${to[@]}" | head -n 1 | tr -d '\r')" "$3"
}

expect_answer_to body "Content-Length: 4000000" "SIP/2.0 513 Message Too Large" &
expect_answer_to field "$(printf 'X: %09000d\r\nContent-Length: 0' 0)" "SIP/2.0 513 Message Too Large" &
expect_answer_to length "Content-Length: many" "SIP/2.0 400 Bad Content-Length" &
for job in $(jobs -p); do
    [[ " ${PIDS[*]} " == *" $job "* ]] || wait "$job" || fail "an answer got lost"
done
