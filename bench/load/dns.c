/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name server of ../authority.h as a program. Prints its port and answers until it is killed.
 *
 * usage: bench_authority DELAY_US SIP_PORT
 */
#include "../authority.h"
#include "../bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bench_must(argc == 3, "usage: bench_authority DELAY_US SIP_PORT");
    struct bench_authority a = bench_authority_start_local(strtoul(argv[1], NULL, 10),
                                                           (uint16_t)strtoul(argv[2], NULL, 10));
    printf("%u\n", a.port);
    fflush(stdout);
    pause();
    bench_authority_stop(a);
    return 0;
}
