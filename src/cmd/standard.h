/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three standard descriptors. Whoever starts a program may have closed them; then the first
 * sockets and files it opens would get their numbers, and what is meant for standard error would
 * go out on a socket.
 */
#ifndef SW_CMD_STANDARD_H
#define SW_CMD_STANDARD_H

/* Open /dev/null for those of 0, 1 and 2 that are closed. First of all in main(). */
void sw_standard_fill(void);

#endif
