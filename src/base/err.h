/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The errors of every layer. One row makes the constant, its name and its text.
 * Functions return >= 0 on success and one of these, negative, on failure.
 */
#ifndef SW_BASE_ERR_H
#define SW_BASE_ERR_H

/* X(constant, value, name, text) */
#define SW_ERRORS(X)                                                                               \
    X(SW_E_NOMEM, -1, "nomem", "out of memory")                                                    \
    X(SW_E_INVAL, -2, "invalid-argument", "an argument is not acceptable")                         \
    X(SW_E_MORE, -3, "more", "more bytes are needed")                                              \
    X(SW_E_SYNTAX, -4, "syntax", "does not follow the grammar")                                    \
    X(SW_E_URI, -5, "uri", "not a SIP or SIPS URI")                                                \
    X(SW_E_SCHEME, -6, "scheme", "not a scheme this program can send to")                          \
    X(SW_E_LIMIT, -7, "limit", "a limit was reached")                                              \
    X(SW_E_SPACE, -8, "space", "does not fit the room given")                                      \
    X(SW_E_MALFORMED, -9, "malformed", "DNS data is malformed")                                    \
    X(SW_E_NOTFOUND, -10, "not-found", "there is no such thing")                                   \
    X(SW_E_CLOSED, -11, "closed", "already closed")                                                \
    X(SW_E_FILE, -12, "file", "a file cannot be read")                                             \
    X(SW_E_ZONE, -13, "zone", "not a valid zone file")                                             \
    X(SW_E_CONF, -14, "configuration", "the configuration is not valid")                           \
    X(SW_E_RESOLVER, -15, "resolver", "the resolver cannot be set up")                             \
    X(SW_E_ADDR_IN_USE, -16, "address-in-use", "the address is in use")                            \
    X(SW_E_SYSTEM, -17, "system", "the operating system refused")                                  \
    X(SW_E_TIMEOUT, -18, "timeout", "the deadline passed")                                         \
    X(SW_E_BUSY, -19, "busy", "too much of it is under way")

enum sw_err {
#define X(constant, value, name, text) constant = (value),
    SW_ERRORS(X)
#undef X
};

/** Name of an error ("nomem"), "ok" for rc >= 0, "unknown" for any other. Static. Thread: any. */
const char *sw_err_name(int rc);

/** One sentence about an error, for a person. Static. Thread: any. */
const char *sw_err_text(int rc);

#endif
