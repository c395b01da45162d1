#include "ctl.h"

#include "base/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_SIZE = 8192 };

/* A service that listens on every address is asked on the loopback one. */
static int
connect_to(const struct settings *settings)
{
    static const struct timeval patience = { .tv_sec = 5 };
    bool any = strcmp(settings->http_address, "0.0.0.0") == 0;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)settings->http_port) };
    int fd;

    if (inet_pton(AF_INET, any ? "127.0.0.1" : settings->http_address, &address.sin_addr) != 1) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The whole answer of a GET, NUL-terminated; -1 with errno. */
static int
get(const struct settings *settings, const char *path, char answer[ANSWER_SIZE])
{
    char request[200];
    int size = snprintf(request, sizeof(request), "GET %.100s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    int fd = connect_to(settings);
    size_t used = 0;
    ssize_t got;

    if (fd < 0)
        return -1;
    if (send(fd, request, (size_t)size, MSG_NOSIGNAL) != size) {
        close(fd);
        return -1;
    }
    while (used < ANSWER_SIZE - 1 && (got = recv(fd, answer + used, ANSWER_SIZE - 1 - used, 0)) > 0)
        used += (size_t)got;
    answer[used] = '\0';
    close(fd);
    return 0;
}

static int
ready(const char *program, const struct settings *settings)
{
    char answer[ANSWER_SIZE], *body;

    if (get(settings, "/readyz", answer) != 0) {
        fprintf(stderr, "%s does not answer on %s port %lld: %s\n", program, settings->http_address,
                (long long)settings->http_port, strerror(errno));
        return 1;
    }
    body = strstr(answer, "\r\n\r\n");
    puts(body == NULL ? "no answer" : body + 4);
    return strncmp(answer, "HTTP/1.1 200 ", 13) == 0 ? 0 : 1;
}

int
ctl_main(const char *program, const struct settings *settings, char **arguments)
{
    if (arguments[0] != NULL && arguments[1] == NULL && strcmp(arguments[0], "ready") == 0)
        return ready(program, settings);
    fprintf(stderr, "usage: %s ctl ready\n", program);
    return 2;
}
