/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocking: find the servers of a URI and connect to the first one that lets us.
 *
 *     blocking sip:joe@vocal.com [ZONE-FILE]
 */
#include <sipward/sipward.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A real client would send its request here, and report SIPWARD_ANSWERED when the first response
 * came. We only connect: over UDP that always succeeds. */
static enum sipward_outcome try_it(const struct sipward_candidate *c)
{
    int type = c->transport == SIPWARD_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(c->addr.sa.sa_family, type, 0);
    if (fd < 0)
        return SIPWARD_UNREACHABLE;
    enum sipward_outcome outcome = SIPWARD_ANSWERED;
    if (connect(fd, &c->addr.sa, c->addr_len) != 0)
        outcome = errno == ECONNREFUSED ? SIPWARD_REFUSED : SIPWARD_UNREACHABLE;
    close(fd);
    return outcome;
}

static int call(struct sipward *sw, const char *uri)
{
    struct sipward_location *location;
    struct sipward_error error;
    if (sipward_locate(&location, sw, uri, NULL, &error) < 0) {
        fprintf(stderr, "%s\n%*s^ %s\n", uri, (int)error.offset, "", error.text);
        return 2;
    }
    int rc = 1;
    const struct sipward_candidate *candidate;
    while (rc != 0 && sipward_wait(location, 5000, &candidate) == SIPWARD_CANDIDATE) {
        struct sipward_words words;
        sipward_words(location, &words);
        enum sipward_outcome outcome = try_it(candidate);
        sipward_report(location, outcome, NULL);
        printf("%s %s:%u (%s): %s\n", sipward_transport_name(candidate->transport), words.address,
               (unsigned)candidate->port, words.host,
               outcome == SIPWARD_ANSWERED ? "connected" : "failed");
        rc = outcome == SIPWARD_ANSWERED ? 0 : 1;
    }
    if (sipward_result(location) != SIPWARD_OK) {
        char reason[256];
        printf("%s: %s\n", sipward_result_name(sipward_result(location)),
               sipward_reason(location, reason, sizeof reason));
    }
    sipward_end(location);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: blocking URI [ZONE-FILE]\n");
        return 2;
    }
    struct sipward_options options = {.size = sizeof options, .transports = "tcp,udp"};
    const char *const zones[] = {argv[argc - 1]};
    if (argc > 2) { /* otherwise the system's name servers answer */
        options.source = SIPWARD_SOURCE_ZONES;
        options.zone_files = zones;
        options.zone_file_count = 1;
    }
    struct sipward *sw;
    struct sipward_error error;
    if (sipward_new(&sw, &options, &error) < 0) {
        fprintf(stderr, "%s\n", error.text);
        return 2;
    }
    int rc = call(sw, argv[1]);
    sipward_free(sw);
    return rc;
}
