/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a text goes on before one of a few octets, sixteen at a time: what every reader of
 * messages does most. The set is a constant where it is used, so nothing of it is left at run time
 * but comparisons.
 *
 *     size_t len = sw_octets_until(p, left, (struct sw_stops){.blanks = true, .marks = ";,"});
 */
#ifndef SW_BASE_OCTETS_H
#define SW_BASE_OCTETS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/* The octets that a scan stops at. */
struct sw_stops {
    bool blanks;   /* the blank and the 32 controls below it */
    char marks[4]; /* single ones; NUL: none */
};

SW_INLINE bool sw_octet_stops(char c, struct sw_stops s)
{
    return (s.blanks && (unsigned char)c <= ' ') || (s.marks[0] != '\0' && c == s.marks[0]) ||
           (s.marks[1] != '\0' && c == s.marks[1]) || (s.marks[2] != '\0' && c == s.marks[2]) ||
           (s.marks[3] != '\0' && c == s.marks[3]);
}

/* Sixteen octets, or eight: a bit for each that stops, the first one lowest. */
SW_INLINE unsigned sw_octets_one_by_one(const char *p, unsigned count, struct sw_stops s)
{
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++)
        found |= (unsigned)sw_octet_stops(p[i], s) << i;
    return found;
}

#ifdef __SSE2__
#include <emmintrin.h>

SW_INLINE __m128i sw_octets_mark(__m128i found, __m128i octets, char mark)
{
    return mark == '\0' ? found : _mm_or_si128(found, _mm_cmpeq_epi8(octets, _mm_set1_epi8(mark)));
}

/* The same at once. */
SW_INLINE unsigned sw_octets_that_stop(const char *p, unsigned count, struct sw_stops s)
{
    __m128i octets = count == 8 ? _mm_loadl_epi64((const __m128i *)(const void *)p)
                                : _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i found = s.blanks ? _mm_cmpeq_epi8(_mm_min_epu8(octets, _mm_set1_epi8(' ')), octets)
                             : _mm_setzero_si128();
    found = sw_octets_mark(found, octets, s.marks[0]);
    found = sw_octets_mark(found, octets, s.marks[1]);
    found = sw_octets_mark(found, octets, s.marks[2]);
    found = sw_octets_mark(found, octets, s.marks[3]);
    return (unsigned)_mm_movemask_epi8(found) & ((1u << count) - 1);
}
#else
#define sw_octets_that_stop sw_octets_one_by_one
#endif

/* Octets before the first one that stops; len where none does. */
SW_INLINE size_t sw_octets_until(const char *p, size_t len, struct sw_stops s)
{
    size_t at = 0;
    unsigned found = 0;
    for (; len - at >= 16; at += 16)
        if ((found = sw_octets_that_stop(p + at, 16, s)) != 0)
            return at + (unsigned)__builtin_ctz(found);
    if (len - at >= 8) {
        if ((found = sw_octets_that_stop(p + at, 8, s)) != 0)
            return at + (unsigned)__builtin_ctz(found);
        at += 8;
    }
    while (at < len && !sw_octet_stops(p[at], s))
        at++;
    return at;
}

#endif
