/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/figures.h"

#include <assert.h>

/* Each part is nothing but 64-bit numbers, and so is the whole. */
void sw_figures_add(struct sw_figures *sum, const struct sw_figures *f)
{
    uint64_t most = sum->tally.most_actions;
    uint64_t *to = (uint64_t *)(void *)sum;
    const uint64_t *from = (const uint64_t *)(const void *)f;

    static_assert(sizeof *sum % sizeof *to == 0, "whole numbers only");
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
    sum->tally.most_actions = most > f->tally.most_actions ? most : f->tally.most_actions;
}
