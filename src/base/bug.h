/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Assertions. Bad input is an error value, never an assertion; an assertion that fails means the
 * program itself is wrong.
 */
#ifndef SW_BASE_BUG_H
#define SW_BASE_BUG_H

/** Print file, line and condition to standard error and abort. Never returns. Thread: any. */
_Noreturn void sw_bug(const char *file, int line, const char *cond);

/* Always compiled in: for checks that cost nothing worth naming. */
#define SW_BUG_ON(cond) ((cond) ? sw_bug(__FILE__, __LINE__, #cond) : (void)0)

/* For costly checks: debug, sanitizer, fuzz and simulation builds define SW_DEBUG. */
#ifdef SW_DEBUG
#define SW_DBG_ON(cond) SW_BUG_ON(cond)
#else
#define SW_DBG_ON(cond) ((void)sizeof(cond))
#endif

#endif
