/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What certificates say: the first line of the input is the name asked for, every other one a name
 * of the certificate, its first octet the kind (u, d, c, o). Names that are equal but for case and
 * a trailing dot get the same verdict; looser rules never refuse what the strict ones accept; a
 * certificate with a name more of the same kind still speaks for what it spoke for; and what is
 * written of it is printable.
 */
#include "base/buf.h"
#include "base/bug.h"
#include "proxy/identity.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES_MAX = 16, WANTED_MAX = 300 };

static struct sw_slice take_line(struct sw_slice *rest)
{
    size_t end = sw_slice_find(*rest, '\n');
    struct sw_slice line = sw_slice_sub(*rest, 0, end);
    *rest = end == SIZE_MAX ? (struct sw_slice){NULL, 0} : sw_slice_sub(*rest, end + 1, SIZE_MAX);
    return line;
}

static struct px_cert_name name_of(struct sw_slice line)
{
    struct px_cert_name n = {.kind = PX_CERT_OTHER};
    char kind = line.len > 0 ? line.p[0] : 'o';
    struct sw_slice text = sw_slice_sub(line, 1, line.len);
    n.kind = kind == 'u' ? PX_CERT_URI : kind == 'd' ? PX_CERT_DNS : PX_CERT_OTHER;
    if (kind == 'c')
        n.kind = PX_CERT_COMMON;
    if (n.kind != PX_CERT_OTHER)
        n.text = text;
    if (kind == 'a' && sw_netaddr_parse(text, &n.addr))
        n.kind = PX_CERT_ADDR;
    return n;
}

static void check_spelling(const struct px_cert *cert, struct sw_slice wanted,
                           const struct px_identity_rules *rules)
{
    char room[WANTED_MAX];
    struct sw_netaddr addr;
    if (wanted.len == 0 || wanted.len >= sizeof room || sw_netaddr_parse(wanted, &addr) ||
        wanted.p[wanted.len - 1] == '.')
        return;
    for (size_t i = 0; i < wanted.len; i++)
        room[i] = sw_lower(wanted.p[i]);
    room[wanted.len] = '.';
    struct sw_slice same = sw_slice(room, wanted.len + 1);
    /* An address with a dot behind it is a name. */
    if (sw_netaddr_parse(sw_slice_sub(same, 0, wanted.len), &addr))
        return;
    SW_BUG_ON(px_identity_check(cert, wanted, rules) != px_identity_check(cert, same, rules));
}

static void check_text(const struct px_cert *cert)
{
    char room[8192];
    struct sw_buf b = sw_buf(room, sizeof room);
    px_cert_write(&b, cert);
    SW_BUG_ON(b.len == 0);
    for (size_t i = 0; i < b.len; i++)
        SW_BUG_ON(room[i] < ' ' || room[i] > '~' || room[i] == '"');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct px_identity_rules strict = {0}, loose = {true, true};
    struct px_cert_name names[NAMES_MAX + 1];
    struct sw_slice rest = sw_slice((const char *)data, size);
    struct sw_slice wanted = take_line(&rest);
    size_t count = 0;
    if (size > 1024)
        return 0;
    while (rest.len > 0 && count < NAMES_MAX)
        names[count++] = name_of(take_line(&rest));
    const struct px_cert cert = {names, count};
    enum px_identity v = px_identity_check(&cert, wanted, &strict);
    SW_BUG_ON(v == PX_IDENTITY_OK && px_identity_check(&cert, wanted, &loose) != PX_IDENTITY_OK);
    SW_BUG_ON(px_identity_text(v)[0] == '\0');
    check_spelling(&cert, wanted, &strict);
    check_spelling(&cert, wanted, &loose);
    check_text(&cert);
    if (count == 0)
        return 0;
    names[count] = names[0];
    SW_BUG_ON(px_identity_check(&(struct px_cert){names, count + 1}, wanted, &strict) != v);
    return 0;
}
