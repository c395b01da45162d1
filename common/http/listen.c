#include "server_private.h"

#include "../base/error.h"
#include "../base/unix_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNIX_BACKLOG = 64 };

static const char unix_prefix[] = "unix:";

/* ---- TCP ---- */

static int
bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t size = sizeof(address);

    memset(&address, 0, sizeof(address));       /* clang-tidy does not see that the call below fills it in */
    if (getsockname(fd, &address.any, &size) != 0)
        return -1;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static bool
is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static int
listen_on_tcp(struct server *server, char **error)
{
    const struct server_options *options = &server->options;
    const char *why;
    int on = 1, fd;

    if (!is_address(options->address))
        return error_set(error, "cannot listen on %s port %d: this is not an IPv4 or IPv6 address; give one, such as "
                         "127.0.0.1", options->address, options->port);
    server->bound = evhttp_bind_socket_with_handle(server->http, options->address, (uint16_t)options->port);
    if (server->bound == NULL) {
        why = errno == EADDRINUSE ? "another program listens there; stop it or choose another port" : strerror(errno);
        return error_set(error, "cannot listen on %s port %d: %s", options->address, options->port, why);
    }
    fd = evhttp_bound_socket_get_fd(server->bound);
    /* Linux hands the option on to accepted sockets. Without it pipelined replies wait for the client's ACKs. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    server->port = bound_port(fd);
    return 0;
}

/* ---- Unix ---- */

/* The mode of the descriptor becomes that of the file: it is never open to others, not for an instant (Linux). A file that
 * is there already was left by a process that did not end by itself: whoever starts us holds a lock on the folder. */
static int
bound_to_path(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (fchmod(fd, S_IRUSR | S_IWUSR) == 0 && (unlink(address->sun_path) == 0 || errno == ENOENT)
        && bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 && listen(fd, UNIX_BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

static int
listen_on_path(struct server *server, const char *path, char **error)
{
    struct unix_address address;
    int fd = unix_address_init(&address, path) == 0 ? bound_to_path(&address.address) : -1;
    int reason = errno;

    unix_address_release(&address);
    if (fd < 0)
        return error_set(error, "cannot listen on the socket %s: %s", path, strerror(reason));
    server->bound = evhttp_accept_socket_with_handle(server->http, fd);
    if (server->bound == NULL) {
        close(fd);
        return error_set(error, "cannot listen on the socket %s: no memory", path);
    }
    server->path = memory_copy_text(path);
    return 0;
}

static void
remove_path(struct server *server)
{
    struct unix_address address;

    if (server->path != NULL && unix_address_init(&address, server->path) == 0) {
        unlink(address.address.sun_path);
        unix_address_release(&address);
    }
    free(server->path);
    server->path = NULL;
}

/* ---- both ---- */

int
listen_start(struct server *server, char **error)
{
    const char *address = server->options.address;
    size_t prefix = sizeof(unix_prefix) - 1;
    int result = strncmp(address, unix_prefix, prefix) == 0 ? listen_on_path(server, address + prefix, error)
                                                            : listen_on_tcp(server, error);

    if (result != 0)
        return -1;
    server->listener = evhttp_bound_socket_get_listener(server->bound);
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    return 0;
}

void
listen_end(struct server *server)
{
    if (server->listener == NULL)
        return;
    server->listener = NULL;
    evhttp_del_accept_socket(server->http, server->bound);
    remove_path(server);
}
