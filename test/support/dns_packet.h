/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages made by hand, right or wrong.
 *
 *     static struct dns_packet p;
 *     dns_packet_begin(&p, 1, DNS_PACKET_RESPONSE);
 *     dns_packet_question(&p, "vocal.com", SW_RR_SRV);
 *     dns_packet_record(&p, DNS_PACKET_ANSWER, "vocal.com 60 SRV 0 1 5060 server1.vocal.com");
 *     dns_packet_record(&p, DNS_PACKET_ANSWER, "vocal.com 60 TYPE33 # 0000");
 *
 * A mistake in the description of a packet ends the program with a message.
 */
#ifndef TEST_SUPPORT_DNS_PACKET_H
#define TEST_SUPPORT_DNS_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum {
    DNS_PACKET_ANSWER = 1, /* sections, in their order in the message */
    DNS_PACKET_AUTHORITY = 2,
    DNS_PACKET_ADDITIONAL = 3,

    DNS_PACKET_RESPONSE = 0x8180, /* flags: QR, RD, RA; the rcode is added */
    DNS_PACKET_AA = 0x0400,
    DNS_PACKET_TC = 0x0200,
    DNS_PACKET_LEN_MAX = 65535
};

struct dns_packet {
    uint8_t bytes[DNS_PACKET_LEN_MAX];
    size_t len;
    size_t rdata_at; /* where the rdata of the open record begins */
};

void dns_packet_begin(struct dns_packet *p, uint16_t id, uint16_t flags);
void dns_packet_question(struct dns_packet *p, const char *name, uint16_t type);

/* One record as text: owner, TTL, type, rdata. Types: A AAAA CNAME NS DNAME SOA SRV NAPTR and
 * TYPEn with "#" and hex digits ("-": none) as rdata; names are absolute and may have escapes. The
 * owner may be "&OFFSET": a compression pointer. Records must be added in the order of their
 * sections. */
void dns_packet_record(struct dns_packet *p, int section, const char *text);

/* A record piece by piece, where the text form is not wrong enough. */
void dns_packet_open(struct dns_packet *p, int section, const char *owner, uint16_t type,
                     uint32_t ttl_s);
void dns_packet_close(struct dns_packet *p); /* sets rdlength */

void dns_packet_u8(struct dns_packet *p, unsigned value);
void dns_packet_u16(struct dns_packet *p, unsigned value);
void dns_packet_u32(struct dns_packet *p, uint32_t value);
void dns_packet_bytes(struct dns_packet *p, const void *bytes, size_t len);
void dns_packet_hex(struct dns_packet *p, const char *digits);
void dns_packet_name(struct dns_packet *p, const char *escaped);

#endif
