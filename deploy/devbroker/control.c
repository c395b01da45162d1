/* control.c: see control.h. Replies are shorter than any socket buffer, so they are sent at once or not at all. */
#include "control.h"

#include "command.h"

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 16, LONGEST_LINE = 512 };

struct connection {
    struct control *control;
    struct event *readable;     /* NULL: this place is free */
    int fd;
    size_t used;
    char line[LONGEST_LINE];
};

struct control {
    struct event_base *base;
    struct cluster *cluster;
    struct sockaddr_un address;
    struct event *acceptable;   /* NULL: not listening */
    int fd;
    bool restart;
    struct connection connections[MOST_CONNECTIONS];
};

/* Whether the place is free now. Removes the file of a process that is gone, never one that is in use or no socket. */
static int
clear_place(const struct sockaddr_un *address)
{
    struct stat file;
    int fd, answers;

    if (lstat(address->sun_path, &file) != 0)
        return 0;
    if (!S_ISSOCK(file.st_mode)) {
        warnx("--control %s: there is a file of another kind; remove it, or choose another path", address->sun_path);
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    answers = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    close(fd);
    if (answers) {
        warnx("--control %s: another process answers there; stop it, or choose another path", address->sun_path);
        return -1;
    }
    unlink(address->sun_path);
    return 0;
}

/* The umask is narrowed for bind() rather than the mode changed after it: nobody else can connect in between. */
static int
listen_at(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof(*address));

    umask(mask);
    if (bound == 0 && listen(fd, MOST_CONNECTIONS) == 0)
        return fd;
    warn("--control %s: cannot listen there; choose a path in a directory you may write to", address->sun_path);
    close(fd);
    return -1;
}

/* Done before the reply to `restart`: who connects after reading it finds nobody until the new process listens. */
static void
stop_listening(struct control *control)
{
    if (control->acceptable == NULL)
        return;
    event_free(control->acceptable);
    control->acceptable = NULL;
    close(control->fd);
    unlink(control->address.sun_path);
}

static void
connection_release(struct connection *connection)
{
    if (connection->readable == NULL)
        return;
    event_free(connection->readable);
    connection->readable = NULL;
    close(connection->fd);
}

/* Returns 0, or -1 if the connection is of no more use. */
static int
send_line(int fd, const char *text)
{
    char line[sizeof(((struct reply *)NULL)->text) + 1];
    int length = snprintf(line, sizeof(line), "%s\n", text);

    return send(fd, line, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) == length ? 0 : -1;
}

static int
on_line(struct connection *connection, char *line)
{
    struct control *control = connection->control;
    struct reply reply;
    int sent;

    command_run(control->cluster, line, &reply);
    if (reply.restart)
        stop_listening(control);
    sent = send_line(connection->fd, reply.text);
    if (!reply.restart)
        return sent;
    control->restart = true;
    event_base_loopbreak(control->base);
    return -1;
}

static int
take_lines(struct connection *connection)
{
    char *start = connection->line, *end;

    while ((end = memchr(start, '\n', connection->used)) != NULL) {
        *end = '\0';
        if (on_line(connection, start) != 0)
            return -1;
        connection->used -= (size_t)(end + 1 - start);
        start = end + 1;
    }
    memmove(connection->line, start, connection->used);
    if (connection->used < sizeof(connection->line))
        return 0;
    send_line(connection->fd, "error: the line is too long");
    return -1;
}

static void
on_readable(evutil_socket_t fd, short what, void *context)
{
    struct connection *connection = context;
    ssize_t got;

    (void)what;
    got = read(fd, connection->line + connection->used, sizeof(connection->line) - connection->used);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        connection->used += (size_t)got;
    if (got <= 0 || take_lines(connection) != 0)
        connection_release(connection);
}

static struct connection *
free_place(struct control *control)
{
    size_t i;

    for (i = 0; i < MOST_CONNECTIONS; i++)
        if (control->connections[i].readable == NULL)
            return &control->connections[i];
    return NULL;
}

static void
on_acceptable(evutil_socket_t listening, short what, void *context)
{
    struct control *control = context;
    struct connection *connection = free_place(control);
    int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)what;
    if (fd < 0)
        return;
    if (connection == NULL) {
        send_line(fd, "error: too many control connections: close one");
        close(fd);
        return;
    }
    *connection = (struct connection){ .control = control, .fd = fd };
    connection->readable = event_new(control->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    event_add(connection->readable, NULL);
}

struct control *
control_new(struct event_base *base, const char *path, struct cluster *cluster)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control == NULL)
        err(1, "starting");
    control->base = base;
    control->cluster = cluster;
    control->address.sun_family = AF_UNIX;
    strcpy(control->address.sun_path, path);    /* options.c has checked its length. */
    if (clear_place(&control->address) != 0 || (control->fd = listen_at(&control->address)) < 0) {
        free(control);
        return NULL;
    }
    control->acceptable = event_new(base, control->fd, EV_READ | EV_PERSIST, on_acceptable, control);
    if (control->acceptable == NULL || event_add(control->acceptable, NULL) != 0)
        err(1, "starting");
    return control;
}

void
control_free(struct control *control)
{
    size_t i;

    if (control == NULL)
        return;
    stop_listening(control);
    for (i = 0; i < MOST_CONNECTIONS; i++)
        connection_release(&control->connections[i]);
    free(control);
}

bool
control_wants_restart(const struct control *control)
{
    return control != NULL && control->restart;
}
