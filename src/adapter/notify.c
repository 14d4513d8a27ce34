/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int ad_notify(const char *socket_path, const char *state)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = socket_path == NULL ? 0 : strlen(socket_path);

    if (len == 0)
        return 0;
    if (len >= sizeof to.sun_path)
        return SW_E_SYSTEM;
    memcpy(to.sun_path, socket_path, len);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return SW_E_SYSTEM;
    socklen_t to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                          (const struct sockaddr *)&to, to_len);
    close(fd);
    return sent < 0 ? SW_E_SYSTEM : 0;
}
