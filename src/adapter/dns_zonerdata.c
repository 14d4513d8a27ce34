/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zonerdata.h"

#include "base/netaddr.h"

static const struct ad_zone_type types[] = {
    {"A", 1, "4", {"address"}},
    {"NS", 2, "n", {"name server"}},
    {"CNAME", 5, "n", {"target"}},
    {"SOA",
     6,
     "nnwtttt",
     {"primary server", "mailbox", "serial number", "refresh time", "retry time", "expiry time",
      "negative time"}},
    {"PTR", 12, "n", {"target"}},
    {"HINFO", 13, "ss", {"CPU", "system"}},
    {"MX", 15, "hn", {"preference", "mail server"}},
    {"TXT", 16, "S", {"text"}},
    {"RP", 17, "nn", {"mailbox", "text's name"}},
    {"AAAA", 28, "6", {"address"}},
    {"SRV", 33, "hhhn", {"priority", "weight", "port", "target"}},
    {"NAPTR", 35, "hhsssn", {"order", "preference", "flags", "service", "regexp", "replacement"}},
    {"DNAME", 39, "n", {"target"}},
    {"SPF", 99, "S", {"text"}},
    {"AFSDB", 18, NULL, {NULL}},
    {"LOC", 29, NULL, {NULL}},
    {"KX", 36, NULL, {NULL}},
    {"CERT", 37, NULL, {NULL}},
    {"APL", 42, NULL, {NULL}},
    {"DS", 43, NULL, {NULL}},
    {"SSHFP", 44, NULL, {NULL}},
    {"IPSECKEY", 45, NULL, {NULL}},
    {"RRSIG", 46, NULL, {NULL}},
    {"NSEC", 47, NULL, {NULL}},
    {"DNSKEY", 48, NULL, {NULL}},
    {"DHCID", 49, NULL, {NULL}},
    {"NSEC3", 50, NULL, {NULL}},
    {"NSEC3PARAM", 51, NULL, {NULL}},
    {"TLSA", 52, NULL, {NULL}},
    {"SMIMEA", 53, NULL, {NULL}},
    {"HIP", 55, NULL, {NULL}},
    {"CDS", 59, NULL, {NULL}},
    {"CDNSKEY", 60, NULL, {NULL}},
    {"OPENPGPKEY", 61, NULL, {NULL}},
    {"CSYNC", 62, NULL, {NULL}},
    {"ZONEMD", 63, NULL, {NULL}},
    {"SVCB", 64, NULL, {NULL}},
    {"HTTPS", 65, NULL, {NULL}},
    {"URI", 256, NULL, {NULL}},
    {"CAA", 257, NULL, {NULL}},
};

bool ad_zone_type_find(struct sw_slice name, struct ad_zone_type *out)
{
    uint64_t number = 0;
    bool is_number = name.len > 4 && sw_slice_ieq(sw_slice(name.p, 4), SW_LIT("TYPE")) &&
                     sw_slice_u64(sw_slice(name.p + 4, name.len - 4), UINT16_MAX, &number);
    for (size_t i = 0; i < SW_ARRAY_LEN(types); i++) {
        if (is_number ? types[i].number == number
                      : sw_slice_ieq(name, sw_slice_str(types[i].name))) {
            *out = types[i];
            return true;
        }
    }
    if (is_number)
        *out = (struct ad_zone_type){.name = "TYPE", .number = (uint16_t)number};
    return is_number;
}

/* ---- names, times, texts ---- */

/* Whether the last dot is one of the name's, not an escaped one. */
static bool is_absolute(struct sw_slice text)
{
    size_t backslash_count = 0;
    if (text.len == 0 || text.p[text.len - 1] != '.')
        return false;
    for (size_t i = text.len - 1; i > 0 && text.p[i - 1] == '\\'; i--)
        backslash_count++;
    return backslash_count % 2 == 0;
}

int ad_zone_name(struct sw_slice text, struct sw_name origin, struct sw_name_room *room,
                 struct sw_name *out)
{
    bool is_at = sw_slice_eq(text, SW_LIT("@"));
    if (is_absolute(text))
        return sw_name_from_escaped(text, room, out);
    if (origin.len == 0)
        return SW_E_NOTFOUND;
    struct sw_name front = {room->wire, 1};
    if (!is_at && sw_name_from_escaped(text, room, &front) < 0)
        return SW_E_SYNTAX;
    if (front.len - 1u + origin.len > SW_NAME_MAX)
        return SW_E_LIMIT;
    memcpy(room->wire + front.len - 1, origin.wire, origin.len);
    *out = (struct sw_name){room->wire, (uint8_t)(front.len - 1u + origin.len)};
    return 0;
}

const char *ad_zone_name_error(int rc)
{
    if (rc == SW_E_NOTFOUND)
        return "is relative, and there is neither $ORIGIN nor SOA before it";
    if (rc == SW_E_LIMIT)
        return "is longer than 255 octets";
    return "is not a domain name";
}

static uint64_t unit_s(char c)
{
    switch (sw_lower(c)) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

bool ad_zone_time(struct sw_slice text, uint32_t *seconds)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && sw_is_digit(text.p[at]))
            at++;
        uint64_t number, unit = 1;
        if (!sw_slice_u64(sw_slice(text.p + from, at - from), INT32_MAX, &number))
            return false;
        if (at < text.len)
            unit = unit_s(text.p[at++]);
        sum += number * unit;
        if (unit == 0 || sum > INT32_MAX)
            return false;
    }
    if (text.len == 0)
        return false;
    *seconds = (uint32_t)sum;
    return true;
}

static void put_be(struct sw_buf *b, uint64_t value, unsigned octets)
{
    while (octets-- > 0)
        sw_buf_char(b, (char)(value >> (8 * octets)));
}

/* A <character-string>: its length in an octet, then \DDD and \X resolved. */
static bool put_text(struct sw_buf *b, struct sw_slice text)
{
    char octets[UINT8_MAX];
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        uint64_t octet = (unsigned char)text.p[i++];
        if (octet == '\\' && i < text.len && sw_is_digit(text.p[i])) {
            if (text.len - i < 3 || !sw_slice_u64(sw_slice(text.p + i, 3), UINT8_MAX, &octet))
                return false;
            i += 3;
        } else if (octet == '\\') {
            if (i == text.len)
                return false;
            octet = (unsigned char)text.p[i++];
        }
        if (len == sizeof octets)
            return false;
        octets[len++] = (char)octet;
    }
    put_be(b, len, 1);
    sw_buf_bytes(b, octets, len);
    return true;
}

/* ---- rdata ---- */

struct field {
    const char *type, *name;
    const struct ad_zone_word *word;
};

static int bad_field(struct ad_zonelex *lex, const struct field *f, const char *what)
{
    return ad_zonelex_fail(lex, f->word->line, "%s: the %s '%.*s' %s", f->type, f->name,
                           ad_zonelex_shown(f->word->text), f->word->text.p, what);
}

static int put_addr(struct ad_zonelex *lex, const struct field *f, char letter, struct sw_buf *wire)
{
    struct sw_netaddr addr;
    if (letter == '4' && !sw_netaddr_parse4(f->word->text, &addr))
        return bad_field(lex, f, "is not an IPv4 address");
    if (letter == '6' && !sw_netaddr_parse6(f->word->text, &addr))
        return bad_field(lex, f, "is not an IPv6 address");
    sw_buf_bytes(wire, addr.bytes, letter == '4' ? 4 : 16);
    return 0;
}

static int put_name(struct ad_zonelex *lex, const struct field *f, struct sw_name origin,
                    struct sw_buf *wire)
{
    struct sw_name_room room;
    struct sw_name name;
    int rc = ad_zone_name(f->word->text, origin, &room, &name);
    if (rc < 0)
        return bad_field(lex, f, ad_zone_name_error(rc));
    sw_buf_bytes(wire, name.wire, name.len);
    return 0;
}

static int put_field(struct ad_zonelex *lex, const struct field *f, char letter,
                     struct sw_name origin, struct sw_buf *wire)
{
    uint64_t number;
    uint32_t seconds;
    switch (letter) {
    case '4':
    case '6':
        return put_addr(lex, f, letter, wire);
    case 'n':
        return put_name(lex, f, origin, wire);
    case 'h':
        if (!sw_slice_u64(f->word->text, UINT16_MAX, &number))
            return bad_field(lex, f, "is not a number from 0 to 65535");
        put_be(wire, number, 2);
        return 0;
    case 'w':
        if (!sw_slice_u64(f->word->text, UINT32_MAX, &number))
            return bad_field(lex, f, "is not a number from 0 to 4294967295");
        put_be(wire, number, 4);
        return 0;
    case 't':
        if (!ad_zone_time(f->word->text, &seconds))
            return bad_field(lex, f, "is not a time");
        put_be(wire, seconds, 4);
        return 0;
    default:
        if (!put_text(wire, f->word->text))
            return bad_field(lex, f, "is not a text of at most 255 octets");
        return 0;
    }
}

/* Octets of the name that begins here; 0: there is none. */
static size_t name_len(const uint8_t *wire, size_t len)
{
    struct sw_name_room room;
    struct sw_name name;
    size_t end = 0;
    while (end < len && wire[end] != 0)
        end += 1u + wire[end];
    return end < len && sw_name_from_wire(wire, end + 1, &room, &name) == 0 ? end + 1 : 0;
}

/* How many octets of `wire` a field of this form takes; 0: it does not fit. */
static size_t field_len(char letter, const uint8_t *wire, size_t len)
{
    size_t want = 0;
    switch (letter) {
    case '4':
    case 'w':
    case 't':
        want = 4;
        break;
    case '6':
        want = 16;
        break;
    case 'h':
        want = 2;
        break;
    case 'n':
        want = name_len(wire, len);
        break;
    default: /* a text behind its length */
        want = len == 0 ? 0 : 1u + wire[0];
    }
    return want <= len ? want : 0;
}

/* Whether octets given by number are what the type's fields make: libunbound would not mind. */
static bool fits_form(const struct ad_zone_type *type, const uint8_t *wire, size_t len)
{
    for (const char *letter = type->form; *letter != '\0'; letter++) {
        do {
            size_t taken = field_len(*letter, wire, len);
            if (taken == 0)
                return false;
            wire += taken;
            len -= taken;
        } while (*letter == 'S' && len > 0);
    }
    return len == 0;
}

/* RFC 3597 5: backslash, hash, the length, and hexadecimal digits in any number of words. */
static int put_generic(struct ad_zonelex *lex, const struct ad_zone_entry *entry, size_t from,
                       const struct ad_zone_type *type, struct sw_buf *wire)
{
    uint64_t want_len;
    unsigned line = entry->words[from].line;
    if (from + 1 >= entry->count ||
        !sw_slice_u64(entry->words[from + 1].text, UINT16_MAX, &want_len))
        return ad_zonelex_fail(lex, line, "%s: \\# wants a length from 0 to 65535", type->name);
    int high = -1;
    for (size_t i = from + 2; i < entry->count; i++) {
        struct sw_slice digits = entry->words[i].text;
        for (size_t k = 0; k < digits.len; k++) {
            int value = sw_hex_value(digits.p[k]);
            if (value < 0)
                return ad_zonelex_fail(lex, line, "%s: '%.*s' is not hexadecimal", type->name,
                                       ad_zonelex_shown(digits), digits.p);
            if (high >= 0)
                put_be(wire, (uint64_t)(high << 4 | value), 1);
            high = high >= 0 ? -1 : value;
        }
    }
    if (wire->len != want_len || high >= 0)
        return ad_zonelex_fail(lex, line, "%s: \\# says %u octets, the digits are another number",
                               type->name, (unsigned)want_len);
    if (type->form != NULL && !fits_form(type, (const uint8_t *)wire->p, wire->len))
        return ad_zonelex_fail(lex, line, "%s: these octets are no data of this type", type->name);
    return 1;
}

int ad_zone_rdata(struct ad_zonelex *lex, const struct ad_zone_entry *entry, size_t from,
                  const struct ad_zone_type *type, struct sw_name origin, struct sw_buf *wire)
{
    size_t at = from;
    if (from < entry->count && !entry->words[from].is_quoted &&
        sw_slice_eq(entry->words[from].text, SW_LIT("\\#")))
        return put_generic(lex, entry, from, type, wire);
    if (type->form == NULL && from == entry->count)
        return ad_zonelex_fail(lex, entry->line, "%s: there is no data", type->name);
    if (type->form == NULL)
        return 0;
    for (size_t i = 0; type->form[i] != '\0'; i++) {
        if (at == entry->count)
            return ad_zonelex_fail(lex, entry->line, "%s: the %s is missing", type->name,
                                   type->fields[i]);
        do {
            struct field f = {type->name, type->fields[i], &entry->words[at++]};
            int rc = put_field(lex, &f, type->form[i], origin, wire);
            if (rc < 0)
                return rc;
        } while (type->form[i] == 'S' && at < entry->count);
    }
    if (at < entry->count)
        return ad_zonelex_fail(lex, entry->words[at].line, "%s: '%.*s' is left over", type->name,
                               ad_zonelex_shown(entry->words[at].text), entry->words[at].text.p);
    return 1;
}
