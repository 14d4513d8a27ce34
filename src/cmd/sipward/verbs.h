/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of the command. Each takes its own name as argv[0] and returns an exit code. */
#ifndef SW_CMD_VERBS_H
#define SW_CMD_VERBS_H

/** Where would a correct client send a request for these URIs, and why there. */
int sw_verb_locate(int argc, char **argv);
/** The same, each step with its time, its rule and the section of the RFC. */
int sw_verb_trace(int argc, char **argv);
/** Talk to a running proxy. */
int sw_verb_ctl(int argc, char **argv);

#endif
