/* mock_calls.c: see mock_calls.h. */

/* With it glibc declares bind() and accept() with a union instead of a pointer: fine to call, awkward to define. */
#undef _GNU_SOURCE
#define _DEFAULT_SOURCE

#include "mock_calls.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_POLL_MS = 5 };

/* File-scope because bind() and accept() have no argument to carry it. */
static struct {
    int taken;                  /* the listening socket for the mock; -1 before and after. Main thread only */
    atomic_bool open;           /* set by the main thread, read by the mock's */
} mock_calls = { .taken = -1 };

int
mock_calls_take_port(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) },
    };
    const int on = 1;
    int fd, reason;

    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* listen() as well: two sockets with SO_REUSEADDR may be bound to one port, only one of them may listen. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, SOMAXCONN) != 0) {
        reason = errno;
        close(fd);
        errno = reason;
        return -1;
    }
    mock_calls.taken = fd;
    return 0;
}

void
mock_calls_let_in(void)
{
    atomic_store(&mock_calls.open, true);
}

static bool
wants_any_port(const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_in inet;

    if (address->sa_family != AF_INET || length < sizeof(inet))
        return false;
    memcpy(&inet, address, sizeof(inet));
    return inet.sin_port == 0;
}

/* The mock's first bind, to port 0, gets the socket that has the port. When it goes down it binds again, by number. */
int
bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int given;

    if (mock_calls.taken < 0 || !wants_any_port(address, length))
        return (int)syscall(SYS_bind, fd, address, length);
    given = dup2(mock_calls.taken, fd);
    close(mock_calls.taken);
    mock_calls.taken = -1;
    return given < 0 ? -1 : 0;
}

/*
 * The mock asks for a queue of 5: clients that come while it is closed to them would be dropped by the kernel, and
 * try again 1 s later.
 */
int
listen(int fd, int backlog)
{
    return (int)syscall(SYS_listen, fd, backlog < SOMAXCONN ? SOMAXCONN : backlog);
}

/* Called by the mock's thread, which also creates the topics: it must not wait here. */
int
accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    if (!atomic_load(&mock_calls.open)) {
        errno = EAGAIN;
        return -1;
    }
    return (int)syscall(SYS_accept4, fd, address, length, SOCK_CLOEXEC);
}

/*
 * The mock's thread forgets a command that arrives between its look at the commands and its emptying of the wake-up
 * pipe, and finds it at its next turn, up to 1 s later (seen: half of all starts took 1 to 3 s). So its waits are cut
 * short; it takes that for a time that has passed with nothing to do.
 */
int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    const int wait_ms = timeout_ms > LONGEST_POLL_MS ? LONGEST_POLL_MS : timeout_ms;
    const struct timespec wait = { .tv_nsec = wait_ms * 1000000L };

    return (int)syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? NULL : &wait, NULL, 0);
}
