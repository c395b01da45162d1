/* One request to the running service, on its Unix socket. */
#include "ctl.h"

#include "../base/unix_address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ROOM = 65536 };

static int
connected(const struct ctl *ctl)
{
    struct timeval patience = { .tv_sec = ctl->patience_s };
    struct unix_address address;
    int fd = -1, reason;

    if (unix_address_init(&address, ctl->socket) == 0)
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address.address, sizeof(address.address)) != 0) {
        reason = errno;
        close(fd);
        errno = reason;
        fd = -1;
    }
    unix_address_release(&address);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

static int
send_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t sent = send(fd, text, left, MSG_NOSIGNAL);

        if (sent < 0)
            return -1;
        text += sent;
        left -= (size_t)sent;
    }
    return 0;
}

/* Until the service closes the connection; NUL-terminated, the caller's to free. NULL with errno. */
static char *
receive_all(int fd)
{
    size_t used = 0, room = ROOM;
    char *text = memory_new(1, room);

    for (;;) {
        ssize_t got = recv(fd, text + used, room - used - 1, 0);

        if (got < 0) {
            free(text);
            return NULL;
        }
        if (got == 0)
            break;
        used += (size_t)got;
        if (room - used < 2)
            text = memory_resize(text, 1, room *= 2);
    }
    text[used] = '\0';
    return text;
}

/* "HTTP/1.1 200 OK", headers, an empty line, the text: all of it, else the service has ended meanwhile. */
static int
parse(struct ctl *ctl, const char *response, struct answer *answer)
{
    const char *body = strstr(response, "\r\n\r\n"), *length = strcasestr(response, "\r\nContent-Length: ");
    size_t size;

    if (strncmp(response, "HTTP/1.1 ", 9) != 0 || body == NULL || length == NULL || length > body)
        return -1;
    answer->status = atoi(response + 9);
    body += 4;
    size = strlen(body);
    if (size != strtoul(length + 18, NULL, 10))
        return -1;
    answer->text = arena_bytes(&ctl->arena, body, size > 0 && body[size - 1] == '\n' ? size - 1 : size);
    return 0;
}

static int
complain(const struct ctl *ctl, int reason)
{
    if (reason == ENOENT || reason == ECONNREFUSED)
        fprintf(stderr, "%s does not run: nobody listens on %s; start it, or read its database: sqlite3 -readonly "
                        "%s/%s.db\n", ctl->program, ctl->socket, ctl->data_dir, ctl->program);
    else if (reason == 0)
        fprintf(stderr, "%s ended before it answered on %s: whether it was done is unknown, ctl status tells\n",
                ctl->program, ctl->socket);
    else
        fprintf(stderr, "%s does not answer on %s: %s\n", ctl->program, ctl->socket, strerror(reason));
    return -1;
}

int
ctl_ask(struct ctl *ctl, const char *method, const char *target, struct answer *answer)
{
    const char *request = arena_format(&ctl->arena, "%s %s%soperator=%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                       "Content-Length: 0\r\n\r\n", method, target, strchr(target, '?') == NULL ? "?" : "&",
                                       ctl->operator);
    int fd = connected(ctl), result;
    char *response;

    if (fd < 0)
        return complain(ctl, errno);
    response = send_all(fd, request) == 0 ? receive_all(fd) : NULL;
    close(fd);
    if (response == NULL)
        return complain(ctl, errno == ECONNRESET || errno == EPIPE ? 0 : errno);
    result = parse(ctl, response, answer);
    free(response);
    return result == 0 ? 0 : complain(ctl, 0);
}
