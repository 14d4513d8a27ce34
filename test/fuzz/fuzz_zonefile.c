/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets as a zone file. What is accepted must be text for libunbound, and the same zone again. */
#include "adapter/dns_zonefile.h"
#include "base/bug.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(int fd, struct sw_slice text)
{
    SW_BUG_ON(ftruncate(fd, 0) != 0);
    SW_BUG_ON(pwrite(fd, text.p, text.len, 0) != (ssize_t)text.len);
}

/* Other files are not this input's business. */
static bool has_include(struct sw_slice text)
{
    for (size_t i = 0; i + 8 <= text.len; i++) {
        if (sw_slice_ieq(sw_slice(text.p + i, 8), SW_LIT("$INCLUDE")))
            return true;
    }
    return false;
}

static void check(const struct ad_zone *z)
{
    struct sw_slice text = ad_zone_text(z);
    SW_BUG_ON(text.len == 0 || text.p[text.len - 1] != '\n');
    SW_BUG_ON(!ad_zone_has(z, ad_zone_origin(z)));
    unsigned line_count = 0;
    for (size_t i = 0; i < text.len; i++)
        line_count += text.p[i] == '\n';
    for (unsigned line = 0; line <= line_count + 1; line++) {
        char source[64];
        struct sw_buf b = sw_buf(source, sizeof source);
        ad_zone_write_source(z, line, &b);
        SW_BUG_ON((b.len == 0) != (line == 0 || line > line_count));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct sw_slice text = sw_slice((const char *)data, size);
    struct ad_dns_error error;
    struct ad_zone *z;
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        SW_BUG_ON(fd < 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (has_include(text))
        return 0;
    write_file(fd, text);
    if (ad_zone_read(&z, path, &error) < 0) {
        SW_BUG_ON(strlen(error.text) == 0);
        return 0;
    }
    check(z);
    struct ad_zone *again;
    write_file(fd, ad_zone_text(z));
    SW_BUG_ON(ad_zone_read(&again, path, &error) < 0);
    SW_BUG_ON(!sw_name_eq(ad_zone_origin(z), ad_zone_origin(again)));
    check(again);
    ad_zone_free(again);
    ad_zone_free(z);
    return 0;
}
