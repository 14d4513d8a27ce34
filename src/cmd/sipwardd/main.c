/* SPDX-License-Identifier: BSD-2-Clause */
/* sipwardd: the proxy. Arguments and exit codes only; run/daemon.h has the work. */
#include "cmd/standard.h"
#include "run/daemon.h"
#include "sipward/version.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As sysexits.h has them, but for wrong usage, which is 2 in every command of this project. */
enum { EXIT_USAGE = 2, EXIT_OS = 71, EXIT_CONFIG = 78 };

static const char help[] =
    "usage: sipwardd --config FILE [--check]\n"
    "\n"
    "A SIP proxy that finds the right server by DNS (RFC 3263), and the next one when it fails.\n"
    "It runs in the foreground and writes one line a transaction to its log.\n"
    "\n"
    "  -c, --config FILE  the configuration, in YAML\n"
    "      --check        read the configuration, say FILE:LINE:COLUMN: what for each mistake, "
    "end\n"
    "  -h, --help         this text\n"
    "  -V, --version      the version\n"
    "\n"
    "signals: TERM or INT drains (no new transactions, open ones end), a second one ends at once;\n"
    "         HUP opens the log file again and applies the configuration anew\n"
    "exit:    0 ended by a signal, or checked and right; 2 wrong usage;\n"
    "         71 the system refused, such as a listener that cannot be opened;\n"
    "         78 the configuration, or a file it names, is not right\n";

struct arguments {
    const char *config;
    bool is_check;
    int exit_code; /* -1: go on */
};

static struct arguments read_arguments(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"check", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    struct arguments a = {.exit_code = -1};
    int c;

    while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            a.config = optarg;
            break;
        case 'k':
            a.is_check = true;
            break;
        case 'h':
            a.exit_code = fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
            return a;
        case 'V':
            a.exit_code = puts("sipwardd " SIPWARD_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
            return a;
        default:
            a.exit_code = EXIT_USAGE;
            return a;
        }
    }
    if (optind == argc && a.config != NULL)
        return a;
    if (optind < argc)
        fprintf(stderr, "sipwardd: what is '%s'?\n", argv[optind]);
    else
        fprintf(stderr, "sipwardd: --config FILE is missing\n");
    a.exit_code = EXIT_USAGE;
    return a;
}

static void tell_mistake(void *arg, struct ad_conf_place at, const char *what)
{
    const char *path = arg;

    if (at.line == 0)
        fprintf(stderr, "%s: %s\n", path, what);
    else
        fprintf(stderr, "%s:%u:%u: %s\n", path, at.line, at.column, what);
}

static int exit_code_of(int rc)
{
    bool is_conf = rc == SW_E_FILE || rc == SW_E_ZONE || rc == SW_E_RESOLVER || rc == SW_E_CONF;
    return is_conf ? EXIT_CONFIG : EXIT_OS;
}

/* How long the service manager waits for a sign of life (sd_watchdog_enabled(3)); 0: for ever. */
static uint64_t watchdog_us(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    uint64_t value = 0, whose = 0;

    if (usec == NULL || !sw_slice_u64(sw_slice_str(usec), INT64_MAX, &value))
        return 0;
    if (pid != NULL &&
        (!sw_slice_u64(sw_slice_str(pid), INT32_MAX, &whose) || whose != (uint64_t)getpid()))
        return 0;
    return value;
}

/* Takes the settings. */
static int run(struct sw_settings *settings, const char *config_path)
{
    static struct ad_activation passed;
    struct ad_net_error why;

    if (ad_activation_read(&passed, getenv("LISTEN_PID"), getenv("LISTEN_FDS"), &why) < 0) {
        fprintf(stderr, "sipwardd: socket activation: %s\n", why.text);
        sw_settings_free(settings);
        return EXIT_CONFIG;
    }
    const struct sw_daemon_args args = {.settings = settings,
                                        .config_path = config_path,
                                        .notify_socket = getenv("NOTIFY_SOCKET"),
                                        .watchdog_us = watchdog_us(),
                                        .passed = &passed};
    struct sw_worker_error error;
    struct sw_daemon *daemon = NULL;
    int rc = sw_daemon_new(&daemon, &args, &error);

    if (rc == 0)
        rc = sw_daemon_run(daemon, &error);
    sw_daemon_free(daemon);
    if (rc == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "sipwardd: %s\n", error.text);
    return exit_code_of(rc);
}

static int check(const struct sw_settings *settings)
{
    struct sw_worker_error error;
    int rc = sw_worker_check(settings, &error);

    if (rc == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s\n", error.text);
    return exit_code_of(rc);
}

int main(int argc, char **argv)
{
    sw_standard_fill();
    struct arguments a = read_arguments(argc, argv);
    struct sw_settings *settings;

    if (a.exit_code >= 0)
        return a.exit_code;
    int rc = sw_settings_read(&settings, a.config, NULL, tell_mistake, (void *)(uintptr_t)a.config);
    if (rc < 0) {
        if (rc != SW_E_CONF)
            fprintf(stderr, "sipwardd: %s\n", sw_err_text(rc));
        return rc == SW_E_CONF ? EXIT_CONFIG : EXIT_OS;
    }
    if (!a.is_check)
        return run(settings, a.config);
    int code = check(settings);
    sw_settings_free(settings);
    return code;
}
