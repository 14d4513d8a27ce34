/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/load.h"

static void note_late(struct px_load *load, bool is_crowded, uint64_t now_us)
{
    if (load->late_since_us == 0)
        load->late_since_us = now_us > 0 ? now_us : 1;
    bool is_relapse = load->light_us != 0 && now_us - load->light_us < PX_LOAD_RELAPSE_US;
    if (is_crowded || is_relapse || now_us - load->late_since_us >= PX_LOAD_BURST_US)
        load->is_heavy = true;
}

void px_load_note(struct px_load *load, uint64_t bound_us, const struct px_wait *wait,
                  uint64_t now_us)
{
    if (bound_us == 0) {
        *load = (struct px_load){0};
        return;
    }
    if (!px_load_is_heavy(load, now_us))
        load->is_heavy = false;
    if (now_us - load->noted_us >= PX_LOAD_RELAPSE_US)
        load->late_since_us = 0;
    load->noted_us = now_us;
    if (wait->is_crowded || wait->us > bound_us) {
        note_late(load, wait->is_crowded, now_us);
        return;
    }
    load->late_since_us = 0;
    if (!load->is_heavy || wait->us >= bound_us / 2)
        return;
    load->is_heavy = false;
    load->light_us = now_us > 0 ? now_us : 1;
}

static uint32_t take_untold(struct px_load *load, uint64_t told_us)
{
    uint32_t count = load->untold_count;
    load->untold_count = 0;
    load->told_us = told_us;
    return count;
}

bool px_load_refuse(struct px_load *load, uint64_t now_us, uint32_t *count)
{
    load->untold_count++;
    if (load->told_us != 0 && now_us - load->told_us < PX_LOAD_TELL_US)
        return false;
    *count = take_untold(load, now_us > 0 ? now_us : 1);
    return true;
}

bool px_load_end(struct px_load *load, uint64_t now_us, uint32_t *count)
{
    bool may_relapse = load->light_us != 0 && now_us - load->light_us < PX_LOAD_RELAPSE_US;
    if (load->told_us == 0 || px_load_is_heavy(load, now_us) || may_relapse ||
        now_us - load->told_us < PX_LOAD_TELL_US)
        return false;
    *count = take_untold(load, 0);
    return *count > 0;
}
