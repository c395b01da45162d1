/* ctl.c: see ctl.h. */
#include "ctl.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, PAUSE_MS = 10, REPLY_SECONDS = 10 };

static int
join(char **words, int count, char *line, size_t size)
{
    size_t used = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (strchr(words[i], '\n') != NULL)
            return -1;
        used += (size_t)snprintf(line + used, size - used, "%s%c", words[i], i + 1 < count ? ' ' : '\n');
        if (used >= size)
            return -1;
    }
    return 0;
}

/* The file is missing while the broker starts or restarts, and refuses between its bind() and its listen(). */
static int
connect_patiently(const struct sockaddr_un *address)
{
    const struct timespec nap = { .tv_nsec = PAUSE_MS * 1000000L };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int waited;

    for (waited = 0; connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0; waited += PAUSE_MS) {
        if (waited >= PATIENCE_MS || (errno != ENOENT && errno != ECONNREFUSED)) {
            warn("%s: no broker answers here; is it running with --control %s?", address->sun_path, address->sun_path);
            close(fd);
            return -1;
        }
        nanosleep(&nap, NULL);
    }
    return fd;
}

static int
exchange(int fd, const char *line, char *reply, size_t size)
{
    const struct timeval limit = { .tv_sec = REPLY_SECONDS };
    size_t used = 0;
    ssize_t got;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        return -1;
    while (used == 0 || reply[used - 1] != '\n') {
        got = recv(fd, reply + used, size - 1 - used, 0);
        if (got <= 0)
            return -1;
        used += (size_t)got;
    }
    reply[used - 1] = '\0';
    return 0;
}

int
ctl_main(int count, char **words)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char line[512], reply[1024];
    int fd, answered;

    if (count < 2 || strlen(words[0]) >= sizeof(address.sun_path) || join(words + 1, count - 1, line, sizeof(line)) != 0) {
        warnx("write: devbroker ctl PATH COMMAND…; devbroker --help lists the commands");
        return 2;
    }
    strcpy(address.sun_path, words[0]);
    fd = connect_patiently(&address);
    if (fd < 0)
        return 1;
    answered = exchange(fd, line, reply, sizeof(reply));
    close(fd);
    if (answered != 0) {
        warnx("%s: the broker closed without a reply; look whether it still runs", words[0]);
        return 1;
    }
    puts(reply);
    return strncmp(reply, "error:", strlen("error:")) == 0 ? 1 : 0;
}
