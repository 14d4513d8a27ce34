/* SPDX-License-Identifier: BSD-2-Clause */
/* The first program of a user: which servers are behind a URI? Valid C and valid C++. */
#include <sipward/sipward.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: consumer ZONE-FILE URI\n");
        return 2;
    }
    const char *zones[1];
    zones[0] = argv[1];
    struct sipward_options options;
    sipward_options_init(&options);
    options.source = SIPWARD_SOURCE_ZONES;
    options.zone_files = zones;
    options.zone_file_count = 1;

    struct sipward *sw;
    struct sipward_location *location;
    struct sipward_error error;
    if (sipward_new(&sw, &options, &error) < 0 ||
        sipward_locate(&location, sw, argv[2], NULL, &error) < 0) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const struct sipward_candidate *candidate;
    while (sipward_wait(location, 5000, &candidate) == SIPWARD_CANDIDATE) {
        struct sipward_words words;
        sipward_words(location, &words);
        printf("%s %s:%u %s\n", sipward_transport_name(candidate->transport), words.address,
               (unsigned)candidate->port, words.host);
        sipward_report(location, SIPWARD_TIMED_OUT, NULL);
    }
    printf("%s, libsipward %s\n", sipward_result_name(sipward_result(location)), sipward_version());
    sipward_end(location);
    sipward_free(sw);
    return 0;
}
