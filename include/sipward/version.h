/* SPDX-License-Identifier: BSD-2-Clause */
/* Which libsipward this header belongs to, and the marks every declaration of it carries. */
#ifndef SIPWARD_VERSION_H
#define SIPWARD_VERSION_H

#define SIPWARD_VERSION_MAJOR 0
#define SIPWARD_VERSION_MINOR 1
#define SIPWARD_VERSION_PATCH 0
#define SIPWARD_VERSION "0.1.0"
/* For comparing: 0x000100 is 0.1.0. */
#define SIPWARD_VERSION_NUMBER                                                                     \
    (SIPWARD_VERSION_MAJOR * 0x10000 + SIPWARD_VERSION_MINOR * 0x100 + SIPWARD_VERSION_PATCH)

#if defined(__GNUC__)
#define SIPWARD_API __attribute__((visibility("default")))
#define SIPWARD_MUST_USE __attribute__((warn_unused_result))
#else
#define SIPWARD_API
#define SIPWARD_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Name the version of the library that is linked, which may be newer than this header.
 * @return "0.1.0". Static. Thread: any.
 */
SIPWARD_API const char *sipward_version(void);

#ifdef __cplusplus
}
#endif

#endif
