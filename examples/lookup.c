/* SPDX-License-Identifier: BSD-2-Clause */
#include <sipward/sipward.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct sipward *sw = NULL;
    struct sipward_location *location = NULL;
    const struct sipward_candidate *candidate;
    int rc = argc == 2 ? sipward_new(&sw, NULL, NULL) : SIPWARD_E_INVAL;
    if (rc == 0)
        rc = sipward_locate(&location, sw, argv[1], NULL, NULL);
    while (rc == 0 && sipward_wait(location, 5000, &candidate) == SIPWARD_CANDIDATE) {
        struct sipward_words words;
        sipward_words(location, &words);
        printf("%s %s port %u\n", sipward_transport_name(candidate->transport), words.address,
               (unsigned)candidate->port);
        sipward_report(location, SIPWARD_TIMED_OUT, NULL); /* as if nobody had answered */
    }
    sipward_end(location);
    sipward_free(sw);
    return rc != 0;
}
