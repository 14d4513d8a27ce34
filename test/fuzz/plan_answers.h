/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to a locator's questions, made of the bytes of a fuzzer: few names, so that they meet
 * again in other roles, and every kind of record that a zone may hold. */
#ifndef SW_TEST_PLAN_ANSWERS_H
#define SW_TEST_PLAN_ANSWERS_H

#include "dns/ask.h"

enum {
    FP_ANSWER_LEN = 16, /* bytes that make one answer */
    FP_RECORDS_MAX = 80 /* more than the locator looks at */
};

struct fp_answer {
    struct sw_answer answer;
    struct sw_rr rrs[FP_RECORDS_MAX];
    struct sw_name_room names[FP_RECORDS_MAX];
};

#define PICK(list, byte) ((list)[(byte) % SW_ARRAY_LEN(list)])

/* Name and type of the question select one of the answers; equal questions get equal ones. Without
 * any answer there is nothing: NXDOMAIN. */
void fp_answer_make(struct fp_answer *a, const uint8_t *answers, size_t answer_count,
                    const struct sw_question *q);

#endif
