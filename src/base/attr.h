/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiler attributes the code uses, under one name each. */
#ifndef SW_BASE_ATTR_H
#define SW_BASE_ATTR_H

#define SW_MUST_USE __attribute__((warn_unused_result))
#define SW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* What is worth nothing unless its constant arguments are seen. */
#define SW_INLINE static inline __attribute__((always_inline))
/* What hardly ever runs lies apart, so that the rest lies close together. */
#define SW_COLD __attribute__((cold, noinline))
#define SW_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Give up ownership of a pointer held under SW_CLEANUP. */
#define SW_TAKE(ptr)                                                                               \
    ({                                                                                             \
        __typeof__(ptr) sw_taken_ = (ptr);                                                         \
        (ptr) = NULL;                                                                              \
        sw_taken_;                                                                                 \
    })

#define SW_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The struct that holds a member, from a pointer to the member. */
#define SW_CONTAINER_OF(ptr, type, member)                                                         \
    ((type *)(void *)((char *)(void *)(ptr)-offsetof(type, member)))

#endif
