/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small file of lines that survives a restart: read whole, written anew beside itself and
 * renamed, so that whoever reads it finds the old one or the new one, never half of one.
 *
 * Owns: nothing. Thread: any, one at a time for a path.
 */
#ifndef SW_ADAPTER_STATE_FILE_H
#define SW_ADAPTER_STATE_FILE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/**
 * Read a file whole.
 * @param room      of cap octets; *out is what of it was filled.
 * @retval 0
 * @retval SW_E_NOTFOUND  there is none.
 * @retval SW_E_LIMIT     it is longer than cap.
 * @retval SW_E_FILE      errno says why; EINVAL: it is no file.
 */
SW_MUST_USE int ad_state_read(const char *path, char *room, size_t cap, struct sw_slice *out);
/* Put it there, or leave the old one. @retval 0, SW_E_FILE (errno says why) */
SW_MUST_USE int ad_state_write(const char *path, struct sw_slice text);

#endif
