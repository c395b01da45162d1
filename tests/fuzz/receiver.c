/* What the receiver of webhooks answers: whatever that is, the post that waits for it is told once, with a status or with a reason.
 * A byte ff ends what it says to one post; the next post comes on the same connection if that is still open. */
#include "../../common/http/poster.h"
#include "../../common/http/url.h"
#include "fuzz.h"
#include "input.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { POSTS = 3, TURNS = 2000, TIMEOUT_MS = 60000 };

static struct event_base *base;
static int listener = -1, port, line = -1;      /* line: the connection that the poster has opened */

struct told {
    int times, status;
    const char *why;
};

static void
on_told(void *context, const struct answer *answer)
{
    struct told *told = context;

    told->times++;
    told->status = answer->status;
    told->why = answer->why;
}

static void
start(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);

    signal(SIGPIPE, SIG_IGN);
    base = event_base_new();
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    MUST(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 100) == 0
         && getsockname(listener, (struct sockaddr *)&address, &size) == 0, "cannot listen");
    port = ntohs(address.sin_port);
}

static struct poster *
open_poster(void)
{
    char text[60], *error = NULL;
    struct url url;
    struct poster_options options = { &url, "fuzz", 1, TIMEOUT_MS };
    struct poster *poster;

    snprintf(text, sizeof(text), "http://127.0.0.1:%d/hook", port);
    MUST(url_read(text, &url) == NULL, "no URL: %s", text);
    poster = poster_new(base, &options, &error);
    MUST(poster != NULL, "%s", error);
    return poster;
}

/* With a reset, so that nothing is left of it in the kernel: connections would run out of ports. */
static void
hang_up(void)
{
    static const struct linger at_once = { .l_onoff = 1 };

    if (line < 0)
        return;
    setsockopt(line, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(line);
    line = -1;
}

/* Takes the post, which may come on a new connection. */
static void
take_request(void)
{
    char request[4096];
    int other = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (other >= 0) {
        hang_up();
        line = other;
    }
    while (line >= 0 && recv(line, request, sizeof(request), 0) > 0)
        continue;
}

static void
turn(void)
{
    event_base_loop(base, EVLOOP_NONBLOCK);
    take_request();
}

static void
post_one(struct poster *poster, const struct piece *says)
{
    static const struct post post = { .key = "01900000-0000-7000-8000-000000000001", .body = "{}" };
    struct told told = { 0 };

    poster_post(poster, &post, on_told, &told);
    MUST(told.times == 0, "told from within");
    for (int i = 0; i < 3; i++)
        turn();
    if (line >= 0 && says->size > 0)
        (void)!send(line, says->bytes, says->size, MSG_NOSIGNAL);
    for (int i = 0; i < 3; i++)
        turn();
    if (told.times == 0 && line >= 0)
        shutdown(line, SHUT_WR);                /* there is no more */
    for (int i = 0; i < TURNS && told.times == 0; i++)
        turn();
    MUST(told.times == 1, "told %d times", told.times);
    MUST((told.status == 0) == (told.why != NULL), "status %d, and why not: %s", told.status, told.why);
    MUST(told.status == 0 || told.status >= 200, "an interim status %d ends a post", told.status);
}

void
fuzz_receiver(const char *bytes, size_t size)
{
    struct input input = input_of(bytes, size);
    struct poster *poster;
    struct piece piece;

    if (base == NULL)
        start();
    poster = open_poster();
    for (int i = 0; i < POSTS && input_take(&input, '\xff', &piece); i++) {
        post_one(poster, &piece);
        MUST(poster_room(poster) == 1, "a line is not free again");
    }
    hang_up();
    poster_free(poster);
    turn();
    hang_up();
}
