# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# SPDX-License-Identifier: BSD-2-Clause
# over: tcp tcp6
# X2: fifty requests in one write, with bodies, line ends between them and half of a fifty-first, are
# fifty requests; the last one is complete when its rest has come.
request() { # NUMBER
    printf 'OPTIONS sip:%s:%s SIP/2.0\r\nVia: SIP/2.0/TCP %s:9;branch=z9hG4bK-%s\r\nMax-Forwards: 70\r\n' \
        "$PROXY" "$PORT" "$PROXY" "$1"
    printf 'From: <sip:a@example.net>;tag=1\r\nTo: <sip:joe@vocal.test>\r\nCall-ID: many-%s\r\n' "$1"
    printf 'CSeq: 1 OPTIONS\r\nContent-Length: 27\r\n\r\nOPTIONS sip:no.test SIP/2.0'
    [ $(($1 % 3)) != 0 ] || printf '\r\n'
}
zone_of_servers 11
start_proxy_here
all=$(for i in $(seq 50); do request "$i"; done; echo .)
all=${all%.}
last=$(request 51)
exec 8<>"/dev/tcp/${PROXY//[][]/}/$PORT"
printf '%s%s' "$all" "${last:0:150}" | dd bs=1M iflag=fullblock status=none >&8
timeout 20 cat <&8 >"$WORK/came" &
PIDS+=($!)
answers() { [ "$(grep -c '^SIP/2.0 200' "$WORK/came")" = "$1" ]; }
wait_for "fifty answers" answers 50
printf '%s' "${last:150}" >&8
wait_for "the last answer" answers 51
expect_equal "different ones" "$(grep -c '^Call-ID: many-' "$WORK/came")" 51
expect_equal "of different transactions" "$(grep '^Via:' "$WORK/came" | sort -u | wc -l)" 51
exec 8>&-
