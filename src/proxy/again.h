/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that the core holds, read again: core->old is the last one read. Within a turn it need
 * not be read twice, for what a transaction gives back stays as it is until the turn ends.
 */
#ifndef SW_PROXY_AGAIN_H
#define SW_PROXY_AGAIN_H

#include "proxy/state.h"

/**
 * Read a message that the core holds, into core->old.
 * @retval 0            core->old is it.
 * @retval SW_E_SYNTAX, SW_E_LIMIT  as sw_msg_parse_again(); core->old is none.
 */
SW_MUST_USE int px_read_again(struct px_core *core, struct sw_slice bytes);

/* The message m was copied: core->old is the copy, without reading it. */
void px_read_copy(struct px_core *core, const struct sw_msg *m, struct sw_slice copy);

#endif
