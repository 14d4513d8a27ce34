/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the locator did and why, as events for whoever wants to know. The locator itself prints and
 * logs nothing. With no sink an event costs one branch.
 */
#ifndef SW_LOCATE_TRACE_H
#define SW_LOCATE_TRACE_H

#include "dns/ask.h"
#include "locate/candidate.h"

/* X(constant, code, rule, section, text)
 * code: stable for ever, in JSON and logs. Text: one sentence; the event's subject is added. */
#define SW_NOTES(X)                                                                                \
    X(SW_NOTE_NAPTR_SERVICE, "naptr-foreign-service", "N1", "RFC 3263 4.1",                        \
      "the NAPTR record is for another application or an unknown SIP service")                     \
    X(SW_NOTE_NAPTR_TRANSPORT, "naptr-unsupported-transport", "N1", "RFC 3263 4.1",                \
      "we do not support the NAPTR record's transport")                                            \
    X(SW_NOTE_NAPTR_NOT_SIPS, "naptr-not-sips", "N1", "RFC 3263 4.1",                              \
      "a sips URI needs a SIPS service")                                                           \
    X(SW_NOTE_NAPTR_REGEXP, "naptr-regexp", "N2", "RFC 3403 4.1",                                  \
      "a regexp field is not used by SIP")                                                         \
    X(SW_NOTE_NAPTR_REPLACEMENT, "naptr-no-replacement", "N2", "RFC 3403 4.1",                     \
      "the replacement is the root")                                                               \
    X(SW_NOTE_NAPTR_FLAGS, "naptr-flags", "N2", "RFC 3263 4.1",                                    \
      "only the flag s, or none, leads to an SRV record")                                          \
    X(SW_NOTE_NAPTR_ORDER, "naptr-higher-order", "N7", "RFC 3403 4.1",                             \
      "a lower order matched: records of a higher one are out")                                    \
    X(SW_NOTE_NAPTR_LOOP, "naptr-loop", "N5", "RFC 3403 4.1",                                      \
      "a non-terminal NAPTR record leads back to a name already asked")                            \
    X(SW_NOTE_NAPTR_DEPTH, "naptr-depth", "N5", "RFC 3403 4.1",                                    \
      "too many non-terminal NAPTR records in a row")                                              \
    X(SW_NOTE_NAPTR_NONE_SHARED, "naptr-none-shared", "N8", "RFC 3263 4.1",                        \
      "the domain offers SIP, but no transport that we support")                                   \
    X(SW_NOTE_NAPTR_FAILED, "naptr-failed", "D3", "RFC 3263 4.1",                                  \
      "the NAPTR query failed for now: going on with SRV")                                         \
    X(SW_NOTE_NAPTR_NAME, "naptr-name", "D2", "RFC 1035 3.1",                                      \
      "the replacement cannot be the name of an SRV record")                                       \
    X(SW_NOTE_SRV_NONE, "srv-none", "N7", "RFC 3263 4.2", "there is no SRV record: passed over")   \
    X(SW_NOTE_SRV_UNKNOWN, "srv-unknown", "D4", "RFC 3263 4.2",                                    \
      "SRV queries failed for now: host and port are unknown, and an address is not guessed")      \
    X(SW_NOTE_SRV_FAILED, "srv-failed", "D2", "RFC 3263 4.2", "the SRV query failed for now")      \
    X(SW_NOTE_SRV_NOT_OFFERED, "srv-not-offered", "V5", "RFC 2782",                                \
      "a sole record with target . says: decidedly not offered")                                   \
    X(SW_NOTE_SRV_ROOT, "srv-root-target", "V5", "RFC 2782", "a target . among others is skipped") \
    X(SW_NOTE_SRV_PORT_ZERO, "srv-port-zero", "V6", "RFC 2782", "port 0 is skipped")               \
    X(SW_NOTE_SRV_NUMERIC, "srv-numeric-target", "V8", "RFC 2782",                                 \
      "the target is an address in text form")                                                     \
    X(SW_NOTE_SRV_NAME, "srv-name", "D2", "RFC 1035 3.1",                                          \
      "the target cannot be the name of a host")                                                   \
    X(SW_NOTE_NAME_TOO_LONG, "name-too-long", "I6", "RFC 1035 2.3.4",                              \
      "the name of the question would be too long: not asked")                                     \
    X(SW_NOTE_ALIAS, "srv-target-alias", "V8", "RFC 2782",                                         \
      "the target is an alias; RFC 2782 forbids it, it is followed")                               \
    X(SW_NOTE_ADDRESS_NONE, "address-none", "V10", "RFC 3263 4.2", "the host has no address")      \
    X(SW_NOTE_ADDRESS_FAILED, "address-failed", "D5", "RFC 3263 4.2",                              \
      "the address query failed for now")                                                          \
    X(SW_NOTE_ADDRESS_UNUSABLE, "address-unusable", "A5", "RFC 6890",                              \
      "not an address one can send to")                                                            \
    X(SW_NOTE_ADDRESS_DENIED, "address-denied", "H4", "", "the address lies in a denied network")  \
    X(SW_NOTE_ADDRESS_UNREACHABLE, "address-unreachable", "A2", "RFC 6724 6",                      \
      "we have no source address for it: placed last")                                             \
    X(SW_NOTE_DUPLICATE, "duplicate", "A4", "", "met before with the same transport and port")     \
    X(SW_NOTE_BOGUS, "dnssec-bogus", "D6", "RFC 4035 5.5",                                         \
      "DNSSEC validation failed: the answer is not used")                                          \
    X(SW_NOTE_STALE, "stale", "D7", "RFC 8767",                                                    \
      "the answer is past its time and used since the refresh failed")                             \
    X(SW_NOTE_CUT, "cut", "D9", "", "a limit was reached: the rest was left out")                  \
    X(SW_NOTE_DEADLINE, "deadline", "D10", "", "the deadline passed")                              \
    X(SW_NOTE_DOWNGRADE, "downgrade-refused", "N9", "RFC 3263 4.1",                                \
      "clear text after TLS is not allowed")                                                       \
    X(SW_NOTE_BIG_REQUEST, "request-too-big-for-udp", "T7", "RFC 3261 18.1.1",                     \
      "the request is over 1300 octets: TCP goes first")                                           \
    X(SW_NOTE_TRANSPORT_UNSUPPORTED, "transport-unsupported", "I5", "RFC 3263 4.1",                \
      "we do not support the transport the URI asks for")                                          \
    X(SW_NOTE_TRANSPORT_UNKNOWN, "transport-unknown", "T1", "RFC 3263 4.1",                        \
      "the URI asks for a transport nobody knows")                                                 \
    X(SW_NOTE_SIPS_UDP, "sips-over-udp", "T1", "RFC 3261 26.2.2",                                  \
      "a sips URI cannot be reached over UDP")                                                     \
    X(SW_NOTE_BID_DOWN, "sips-no-longer-offered", "H3", "RFC 3263 7",                              \
      "the domain offered SIPS before and does no longer")                                         \
    X(SW_NOTE_PENALISED, "penalised", "R3", "", "failed recently: placed behind the others")

enum sw_note {
    SW_NOTE_OK, /* nothing to say: a record that was used */
#define X(constant, code, rule, section, text) constant,
    SW_NOTES(X)
#undef X
        SW_NOTE_COUNT
};

/* X(constant, rule, section, text): the decisions on the way */
#define SW_STEPS(X)                                                                                \
    X(SW_STEP_TARGET_MADDR, "I2", "RFC 3263 4", "TARGET is the maddr parameter")                   \
    X(SW_STEP_TARGET_HOST, "I2", "RFC 3263 4", "TARGET is the host")                               \
    X(SW_STEP_TRANSPORT_PARAM, "T1", "RFC 3263 4.1", "the URI names the transport")                \
    X(SW_STEP_TRANSPORT_NUMERIC, "T2", "RFC 3263 4.1", "TARGET is numeric: default transport")     \
    X(SW_STEP_TRANSPORT_PORT, "T3", "RFC 3263 4.1", "a port is given: default transport")          \
    X(SW_STEP_ASK_NAPTR, "T4", "RFC 3263 4.1", "no transport, no port: NAPTR decides")             \
    X(SW_STEP_NO_NAPTR, "V2", "RFC 3263 4.1", "no NAPTR: SRV of every supported transport")        \
    X(SW_STEP_NAPTR_CHOSEN, "N7", "RFC 3263 4.1", "the transports of the lowest order")            \
    X(SW_STEP_SRV, "V1", "RFC 3263 4.2", "the SRV record set gives host and port")                 \
    X(SW_STEP_NO_SRV, "V3", "RFC 3263 4.2", "no SRV anywhere: addresses of TARGET")                \
    X(SW_STEP_ADDRESS_ONLY, "T3", "RFC 3263 4.2", "addresses of TARGET at the given port")         \
    X(SW_STEP_NEXT_ORDER, "N9", "RFC 3403 4.1", "the policy allows the next NAPTR order")          \
    X(SW_STEP_RESPONSE, "P2", "RFC 3263 5", "a response: sent-by of the top Via")                  \
    X(SW_STEP_CACHED, "D8", "", "records seen before and still valid")

enum sw_step {
#define X(constant, rule, section, text) constant,
    SW_STEPS(X)
#undef X
        SW_STEP_COUNT
};

enum sw_trace_kind {
    SW_TRACE_STEP,      /* step; transport or name where they help */
    SW_TRACE_QUESTION,  /* question asked */
    SW_TRACE_ANSWER,    /* question, answer */
    SW_TRACE_RECORD,    /* question, rr, note: SW_NOTE_OK when used, else why not */
    SW_TRACE_NOTE,      /* note, name or text as its subject */
    SW_TRACE_CANDIDATE, /* candidate handed out */
    SW_TRACE_RESULT     /* result */
};

struct sw_trace_event {
    enum sw_trace_kind kind;
    uint64_t at_us; /* since the location began */
    enum sw_step step;
    enum sw_note note;
    int result; /* enum sw_result, SW_TRACE_RESULT only */
    struct sw_question question;
    const struct sw_answer *answer;
    const struct sw_rr *rr;
    const struct sw_candidate *candidate;
    struct sw_name name;  /* subject; len 0: none */
    struct sw_slice text; /* subject that is no name; not escaped */
};

/* Everything the event points to is valid only during the call. */
struct sw_trace {
    void (*event)(void *user, const struct sw_trace_event *e);
    void *user;
};

struct sw_explain_row {
    const char *code; /* "" for steps */
    const char *rule;
    const char *section;
    const char *text;
};

const struct sw_explain_row *sw_note_row(enum sw_note n); /* n != SW_NOTE_OK */
/* The row of a step. Static. */
const struct sw_explain_row *sw_step_row(enum sw_step s);

#endif
