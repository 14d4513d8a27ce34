/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/edit.h"

void sw_edits_init(struct sw_edits *e, struct sw_slice bytes)
{
    e->bytes = bytes;
    e->count = 0;
    e->overflow = bytes.len > UINT32_MAX;
}

/* Text may be put behind what replaced something at the same place, but nothing into what is cut.
 */
static bool may_follow(const struct sw_edit *first, const struct sw_edit *second)
{
    return (size_t)first->at + first->cut_len <= second->at ||
           (first->at == second->at && second->cut_len == 0);
}

static void add(struct sw_edits *e, size_t at, size_t cut_len, struct sw_slice text)
{
    struct sw_edit edit = {.at = (uint32_t)at, .cut_len = (uint32_t)cut_len, .text = text};
    if (e->overflow || e->count == SW_EDITS_MAX) {
        e->overflow = true;
        return;
    }
    size_t place = e->count;
    while (place > 0 && e->list[place - 1].at > edit.at)
        place--;
    bool is_apart = (place == 0 || may_follow(&e->list[place - 1], &edit)) &&
                    (place == e->count || may_follow(&edit, &e->list[place]));
    if (!is_apart) {
        e->overflow = true;
        return;
    }
    if (place < e->count) /* most come in their order */
        memmove(&e->list[place + 1], &e->list[place], (e->count - place) * sizeof e->list[0]);
    e->list[place] = edit;
    e->count++;
}

void sw_edits_replace(struct sw_edits *e, struct sw_slice old, struct sw_slice text)
{
    /* Compared as numbers: pointers into different objects have no order. */
    uintptr_t start = (uintptr_t)e->bytes.p, from = (uintptr_t)old.p;
    if (from < start || from - start > e->bytes.len ||
        old.len > e->bytes.len - (size_t)(from - start)) {
        e->overflow = true;
        return;
    }
    add(e, (size_t)(from - start), old.len, text);
}

void sw_edits_insert(struct sw_edits *e, const char *where, struct sw_slice text)
{
    sw_edits_replace(e, sw_slice(where, 0), text);
}

size_t sw_edits_len(const struct sw_edits *e)
{
    size_t len = e->bytes.len;
    for (size_t i = 0; i < e->count; i++)
        len += e->list[i].text.len - e->list[i].cut_len;
    return len;
}

int sw_edits_write(const struct sw_edits *e, struct sw_buf *out)
{
    if (e->overflow)
        return SW_E_LIMIT;
    size_t at = 0;
    for (size_t i = 0; i < e->count; i++) {
        const struct sw_edit *edit = &e->list[i];
        if (edit->at > at) {
            sw_buf_slice_add(out, sw_slice_sub(e->bytes, at, edit->at));
            at = edit->at;
        }
        sw_buf_slice_add(out, edit->text);
        at += edit->cut_len;
    }
    sw_buf_slice_add(out, sw_slice_sub(e->bytes, at, SIZE_MAX));
    return out->overflow ? SW_E_SPACE : 0;
}
