/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steer ADDRESS PORT WORKERS: make the kernel choose the wrong worker.
 *
 * Joins the sockets that share a UDP address (SO_REUSEPORT) and gives their group a filter: a
 * response goes to the worker after the one that its branch names, every request to the last one.
 * The filter stays when this ends; it says so and waits for its end on standard input.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BRANCH_FROM = 16, /* where a branch may begin in a response */
    BRANCH_TO = 160,
    WORKER_AT = 10, /* its last digit, behind the cookie */
    SIP_WORD = 0x5349502f,
    COOKIE_WORD = 0x7a396847
};

static struct sock_filter code[(BRANCH_TO - BRANCH_FROM) * 6 + 8];
static unsigned short code_len;

static void add(unsigned short op, unsigned char if_true, unsigned char if_false, unsigned k)
{
    code[code_len++] = (struct sock_filter){op, if_true, if_false, k};
}

static void write_filter(unsigned workers)
{
    add(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SIP_WORD);
    add(BPF_RET | BPF_K, 0, 0, workers - 1);
    for (unsigned at = BRANCH_FROM; at < BRANCH_TO; at++) {
        add(BPF_LD | BPF_W | BPF_ABS, 0, 0, at);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, COOKIE_WORD);
        add(BPF_LD | BPF_B | BPF_ABS, 0, 0, at + WORKER_AT);
        add(BPF_ALU | BPF_SUB | BPF_K, 0, 0, '0' - 1);
        add(BPF_ALU | BPF_MOD | BPF_K, 0, 0, workers);
        add(BPF_RET | BPF_A, 0, 0, 0);
    }
    add(BPF_RET | BPF_K, 0, 0, 0);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int on = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
    char end;

    if (argc != 4 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1)
        return 2;
    at.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    write_filter((unsigned)strtoul(argv[3], NULL, 10));
    struct sock_fprog program = {code_len, code};
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) < 0) {
        perror("steer");
        return 1;
    }
    if (puts("steering") < 0 || fflush(stdout) < 0)
        return 1;
    return read(STDIN_FILENO, &end, 1) < 0;
}
