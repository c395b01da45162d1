#include "crowd.h"

#include "attack.h"

#include "../../common/base/memory.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { REOPEN_MS = 5, AT_ONCE = 64 * 1024, DEAF_BYTES = 4096 };

struct member {
    struct crowd *crowd;
    struct bufferevent *bev;        /* NULL: to be opened by the timer */
    struct event *timer;            /* the next byte, or the next connection */
    size_t said;                    /* bytes of again, when it is said byte by byte */
};

struct crowd {
    struct event_base *base;
    const struct attack *attack;
    struct sockaddr_in address;
    void (*on_ready)(void);
    struct tally tally;
    struct member *members;
    int size;
};

static void
wake_after(struct member *member, int ms)
{
    struct timeval time = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(member->timer, &time);
}

/* ---- saying ---- */

static void
say(struct member *member, const char *text, size_t size)
{
    bufferevent_write(member->bev, text, size);
    member->crowd->tally.sent += size;
}

static void
say_much(struct member *member)
{
    const char *again = member->crowd->attack->again;
    size_t size = strlen(again);

    for (size_t said = 0; said < AT_ONCE; said += size)
        say(member, again, size);
}

static void
say_a_byte(struct member *member)
{
    const struct attack *attack = member->crowd->attack;

    say(member, attack->again + member->said++ % strlen(attack->again), 1);
    wake_after(member, attack->every_ms);
}

static void
say_more(struct member *member)
{
    const struct attack *attack = member->crowd->attack;

    if (attack->half)
        shutdown(bufferevent_getfd(member->bev), SHUT_WR);
    else if (attack->again != NULL && attack->every_ms == 0)
        say_much(member);
}

/* The socket has taken all that was said. */
static void
on_said(struct bufferevent *bev, void *member)
{
    (void)bev;
    say_more(member);
}

static void
on_connected(struct member *member)
{
    struct crowd *crowd = member->crowd;
    const struct attack *attack = crowd->attack;

    if (++crowd->tally.opened == (uint64_t)crowd->size)
        crowd->on_ready();
    if (attack->every_ms > 0)
        wake_after(member, attack->every_ms);
    if (*attack->first != '\0')
        say(member, attack->first, strlen(attack->first));
    else
        say_more(member);
}

/* ---- hearing ---- */

static void
on_heard(struct bufferevent *bev, void *member)
{
    static const char start[] = "HTTP/1.1 ";
    enum { HEAD = sizeof(start) - 1 + 3 };
    struct tally *tally = &((struct member *)member)->crowd->tally;
    struct evbuffer *input = bufferevent_get_input(bev);
    size_t before = evbuffer_get_length(input), rest;
    struct evbuffer_ptr found;
    char head[HEAD + 1] = "";

    for (;;) {
        found = evbuffer_search(input, start, sizeof(start) - 1, NULL);
        if (found.pos < 0 || (size_t)found.pos + HEAD > evbuffer_get_length(input))
            break;
        evbuffer_drain(input, (size_t)found.pos);
        evbuffer_remove(input, head, HEAD);
        tally->answers[strtoul(head + sizeof(start) - 1, NULL, 10) % 600]++;
    }
    rest = evbuffer_get_length(input);
    if (rest >= HEAD)
        evbuffer_drain(input, rest - HEAD + 1);     /* it may end in the midst of a status line */
    tally->received += before - evbuffer_get_length(input);
}

/* ---- coming and going ---- */

static void
on_ended(struct member *member)
{
    member->crowd->tally.ended++;
    bufferevent_free(member->bev);
    member->bev = NULL;
    wake_after(member, REOPEN_MS);
}

static void
on_event(struct bufferevent *bev, short what, void *member)
{
    (void)bev;
    if ((what & BEV_EVENT_CONNECTED) != 0)
        on_connected(member);
    else
        on_ended(member);
}

static void
open_one(struct member *member)
{
    struct crowd *crowd = member->crowd;
    bool deaf = crowd->attack->deaf;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = DEAF_BYTES;

    if (deaf)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    member->bev = bufferevent_socket_new(crowd->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    bufferevent_setcb(member->bev, on_heard, on_said, on_event, member);
    bufferevent_enable(member->bev, EV_WRITE);
    if (deaf)
        bufferevent_disable(member->bev, EV_READ);
    else
        bufferevent_enable(member->bev, EV_READ);
    if (bufferevent_socket_connect(member->bev, (struct sockaddr *)&crowd->address, sizeof(crowd->address)) != 0)
        on_ended(member);
}

static void
on_timer(int fd, short what, void *member_)
{
    struct member *member = member_;

    (void)fd, (void)what;
    if (member->bev == NULL)
        open_one(member);
    else
        say_a_byte(member);
}

/* ---- life ---- */

struct crowd *
crowd_new(struct event_base *base, const struct attack *attack, int port, int members, void (*on_ready)(void))
{
    struct crowd *crowd = memory_new(1, sizeof(*crowd));

    crowd->base = base;
    crowd->attack = attack;
    crowd->on_ready = on_ready;
    crowd->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    crowd->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    crowd->size = members;
    crowd->members = memory_new((size_t)members, sizeof(*crowd->members));
    for (int i = 0; i < members; i++) {
        crowd->members[i] = (struct member){ .crowd = crowd };
        crowd->members[i].timer = event_new(base, -1, 0, on_timer, &crowd->members[i]);
        open_one(&crowd->members[i]);
    }
    return crowd;
}

void
crowd_free(struct crowd *crowd)
{
    if (crowd == NULL)
        return;
    for (int i = 0; i < crowd->size; i++) {
        if (crowd->members[i].bev != NULL)
            bufferevent_free(crowd->members[i].bev);
        event_free(crowd->members[i].timer);
    }
    free(crowd->members);
    free(crowd);
}

const struct tally *
crowd_tally(const struct crowd *crowd)
{
    return &crowd->tally;
}
