/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/dns_packet.h"

#include "dns/rr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS_MAX = 12, TOKEN_LEN_MAX = 1200 };

static void complain(const char *what, const char *text)
{
    fprintf(stderr, "dns_packet: %s: %s\n", what, text);
    abort();
}

void dns_packet_bytes(struct dns_packet *p, const void *bytes, size_t len)
{
    if (len > sizeof p->bytes - p->len)
        complain("too long", "");
    memcpy(p->bytes + p->len, bytes, len);
    p->len += len;
}

void dns_packet_u8(struct dns_packet *p, unsigned value)
{
    uint8_t octet = (uint8_t)value;
    dns_packet_bytes(p, &octet, 1);
}

void dns_packet_u16(struct dns_packet *p, unsigned value)
{
    dns_packet_u8(p, value >> 8);
    dns_packet_u8(p, value);
}

void dns_packet_u32(struct dns_packet *p, uint32_t value)
{
    dns_packet_u16(p, value >> 16);
    dns_packet_u16(p, value & 0xffff);
}

void dns_packet_hex(struct dns_packet *p, const char *digits)
{
    for (; digits[0] != '\0'; digits += 2) {
        int high = sw_hex_value(digits[0]), low = sw_hex_value(digits[1]);
        if (high < 0 || low < 0)
            complain("not hex", digits);
        dns_packet_u8(p, (unsigned)(high << 4 | low));
    }
}

void dns_packet_name(struct dns_packet *p, const char *escaped)
{
    struct sw_name_room room;
    struct sw_name name;
    if (escaped[0] == '&') {
        dns_packet_u16(p, 0xc000u | (unsigned)atoi(escaped + 1));
        return;
    }
    if (sw_name_from_escaped(sw_slice_str(escaped), &room, &name) < 0)
        complain("not a name", escaped);
    dns_packet_bytes(p, name.wire, name.len);
}

static void count_up(struct dns_packet *p, int section)
{
    uint8_t *count = p->bytes + 4 + 2 * section;
    unsigned value = (unsigned)(count[0] << 8 | count[1]) + 1;
    count[0] = (uint8_t)(value >> 8);
    count[1] = (uint8_t)value;
}

void dns_packet_begin(struct dns_packet *p, uint16_t id, uint16_t flags)
{
    p->len = 0;
    dns_packet_u16(p, id);
    dns_packet_u16(p, flags);
    dns_packet_u32(p, 0);
    dns_packet_u32(p, 0);
}

void dns_packet_question(struct dns_packet *p, const char *name, uint16_t type)
{
    dns_packet_name(p, name);
    dns_packet_u16(p, type);
    dns_packet_u16(p, 1);
    count_up(p, 0);
}

void dns_packet_open(struct dns_packet *p, int section, const char *owner, uint16_t type,
                     uint32_t ttl_s)
{
    dns_packet_name(p, owner);
    dns_packet_u16(p, type);
    dns_packet_u16(p, 1);
    dns_packet_u32(p, ttl_s);
    dns_packet_u16(p, 0);
    p->rdata_at = p->len;
    count_up(p, section);
}

void dns_packet_close(struct dns_packet *p)
{
    size_t len = p->len - p->rdata_at;
    p->bytes[p->rdata_at - 2] = (uint8_t)(len >> 8);
    p->bytes[p->rdata_at - 1] = (uint8_t)len;
}

struct tokens {
    char text[TOKENS_MAX][TOKEN_LEN_MAX];
    size_t count;
};

/* At blanks; a token in quotes may hold blanks and loses the quotes. */
static void split(const char *text, struct tokens *t)
{
    t->count = 0;
    while (*text != '\0') {
        size_t len = 0;
        if (*text == ' ') {
            text++;
            continue;
        }
        if (t->count == TOKENS_MAX)
            complain("too many words", text);
        char stop = *text == '"' ? '"' : ' ';
        if (stop == '"')
            text++;
        for (; *text != '\0' && *text != stop; text++) {
            if (len == TOKEN_LEN_MAX - 1)
                complain("word too long", text);
            t->text[t->count][len++] = *text;
        }
        if (stop == '"' && *text == '"')
            text++;
        t->text[t->count++][len] = '\0';
    }
}

static void add_addr(struct dns_packet *p, int family, const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(family, text, bytes) != 1)
        complain("not an address", text);
    dns_packet_bytes(p, bytes, family == AF_INET ? 4 : 16);
}

/* A character-string with \DDD escapes. */
static void add_text(struct dns_packet *p, const char *escaped)
{
    size_t len_at = p->len;
    dns_packet_u8(p, 0);
    while (*escaped != '\0') {
        unsigned value;
        if (sscanf(escaped, "\\%3u", &value) == 1) {
            escaped += 4;
        } else {
            value = (unsigned char)*escaped++;
        }
        dns_packet_u8(p, value);
    }
    p->bytes[len_at] = (uint8_t)(p->len - len_at - 1);
}

static void add_numbers(struct dns_packet *p, const struct tokens *t, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        dns_packet_u16(p, (unsigned)strtoul(t->text[i], NULL, 10));
}

struct form {
    const char *name;
    uint16_t type;
    size_t word_count; /* rdata words */
};

static const struct form forms[] = {
    {"A", 1, 1},    {"NS", 2, 1},     {"CNAME", 5, 1},  {"SOA", 6, 7},  {"AAAA", 28, 1},
    {"SRV", 33, 4}, {"NAPTR", 35, 6}, {"DNAME", 39, 1}, {"TYPE", 0, 2},
};

static const struct form *find_form(const struct tokens *t, const char *text)
{
    for (size_t i = 0; t->count > 2 && i < SW_ARRAY_LEN(forms); i++) {
        const char *name = t->text[2];
        bool is_it = strcmp(forms[i].name, name) == 0 ||
                     (forms[i].type == 0 && strncmp(name, "TYPE", 4) == 0);
        if (is_it && t->count == 3 + forms[i].word_count)
            return &forms[i];
    }
    complain("not a record", text);
    return NULL;
}

static void add_rdata(struct dns_packet *p, const struct form *form, const struct tokens *t)
{
    switch (form->type) {
    case 1:
        add_addr(p, AF_INET, t->text[3]);
        break;
    case 28:
        add_addr(p, AF_INET6, t->text[3]);
        break;
    case 6:
        dns_packet_name(p, t->text[3]);
        dns_packet_name(p, t->text[4]);
        for (size_t i = 5; i < 10; i++)
            dns_packet_u32(p, (uint32_t)strtoul(t->text[i], NULL, 10));
        break;
    case 33:
        add_numbers(p, t, 3, 3);
        dns_packet_name(p, t->text[6]);
        break;
    case 35:
        add_numbers(p, t, 3, 2);
        for (size_t i = 5; i < 8; i++)
            add_text(p, t->text[i]);
        dns_packet_name(p, t->text[8]);
        break;
    case 0:
        if (strcmp(t->text[4], "-") != 0)
            dns_packet_hex(p, t->text[4]);
        break;
    default:
        dns_packet_name(p, t->text[3]);
        break;
    }
}

void dns_packet_record(struct dns_packet *p, int section, const char *text)
{
    struct tokens t;
    split(text, &t);
    const struct form *form = find_form(&t, text);
    uint16_t type = form->type != 0 ? form->type : (uint16_t)atoi(t.text[2] + 4);
    dns_packet_open(p, section, t.text[0], type, (uint32_t)strtoul(t.text[1], NULL, 10));
    add_rdata(p, form, &t);
    dns_packet_close(p);
}
