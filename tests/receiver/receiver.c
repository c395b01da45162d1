#include "receiver.h"

#include "../../common/base/memory.h"
#include "post.h"
#include "script.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* How often a key has come. */
struct key {
    char text[POST_TEXT];
    int times;
};

struct receiver {
    struct event_base *base;
    struct evconnlistener *listener;
    struct receiver_options options;
    struct connection *connections;
    void *keys;                     /* of tsearch(3) */
    struct receiver_seen seen;
};

struct connection {
    struct receiver *receiver;
    struct bufferevent *bev;
    struct event *late;
    struct connection *next;
    const struct key *key;          /* of the post that has no answer yet; NULL: none */
};

/* ---- keys ---- */

static int
compare(const void *left, const void *right)
{
    return strcmp(((const struct key *)left)->text, ((const struct key *)right)->text);
}

static struct key *
find_key(struct receiver *receiver, const char *text)
{
    struct key *key = memory_new(1, sizeof(*key)), **found;

    snprintf(key->text, sizeof(key->text), "%s", text);
    found = tsearch(key, &receiver->keys, compare);
    if (*found != key)
        free(key);
    return *found;
}

/* ---- connections ---- */

static void
drop(struct connection *connection)
{
    struct connection **link = &connection->receiver->connections;

    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    connection->receiver->seen.open -= connection->key != NULL;
    bufferevent_free(connection->bev);
    event_free(connection->late);
    free(connection);
}

static void
drop_with_reset(struct connection *connection)
{
    const struct linger at_once = { .l_onoff = 1 };

    setsockopt(bufferevent_getfd(connection->bev), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    drop(connection);
}

/* ---- answers ---- */

static void
send_answer(struct connection *connection, const char *word)
{
    script_answer(bufferevent_get_output(connection->bev), word);
}

static void
note_answer(struct connection *connection, const char *word)
{
    struct receiver *receiver = connection->receiver;

    if (receiver->options.log != NULL)
        fprintf(receiver->options.log, "answer %s %s\n", connection->key->text, word);
    receiver->seen.open--;
    connection->key = NULL;
}

static void
on_late(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    note_answer(context, "late");
    send_answer(context, "200");
}

static void
wait_for_late(struct connection *connection)
{
    int ms = connection->receiver->options.late_ms;
    struct timeval delay = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(connection->late, &delay);
}

static void
answer(struct connection *connection, const char *word)
{
    if (strcmp(word, "hang") == 0)
        return;
    if (strcmp(word, "late") == 0) {
        wait_for_late(connection);
        return;
    }
    note_answer(connection, word);
    if (strcmp(word, "close") == 0)
        drop(connection);
    else if (strcmp(word, "reset") == 0)
        drop_with_reset(connection);
    else
        send_answer(connection, word);
}

/* ---- posts ---- */

static void
on_post(struct connection *connection)
{
    struct receiver *receiver = connection->receiver;
    struct receiver_seen *seen = &receiver->seen;
    char text[POST_TEXT], customer[POST_TEXT], order[POST_TEXT], kind[POST_TEXT], word[WORD];
    struct key *key;

    post_header(seen->head, "Idempotency-Key", text);
    connection->key = key = find_key(receiver, text);
    key->times++;
    seen->posts++;
    if (++seen->open > seen->most_open)
        seen->most_open = seen->open;
    post_text(seen->body, "customer_id", customer);
    post_text(seen->body, "order_id", order);
    post_text(seen->body, "kind", kind);
    script_word(customer, key->times, word);
    if (receiver->options.log != NULL)
        fprintf(receiver->options.log, "post %s %d %s %d %s %s %s\n", key->text, key->times, word, seen->open, order,
                kind, customer);
    answer(connection, word);
}

static void
on_readable(struct bufferevent *bev, void *context)
{
    struct connection *connection = context;
    struct receiver_seen *seen = &connection->receiver->seen;

    if (connection->key == NULL
        && post_take(bufferevent_get_input(bev), seen->head, sizeof(seen->head), seen->body, sizeof(seen->body)))
        on_post(connection);
}

static void
on_gone(struct bufferevent *bev, short what, void *context)
{
    (void)bev, (void)what;
    drop(context);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size, void *context)
{
    struct receiver *receiver = context;
    struct connection *connection = memory_new(1, sizeof(*connection));

    (void)listener, (void)address, (void)size;
    receiver->seen.connections++;
    connection->receiver = receiver;
    connection->bev = bufferevent_socket_new(receiver->base, fd, BEV_OPT_CLOSE_ON_FREE);
    connection->late = event_new(receiver->base, -1, 0, on_late, connection);
    connection->next = receiver->connections;
    receiver->connections = connection;
    bufferevent_setcb(connection->bev, on_readable, NULL, on_gone, connection);
    bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

/* ---- life ---- */

struct receiver *
receiver_new(struct event_base *base, const struct receiver_options *options)
{
    struct receiver *receiver = memory_new(1, sizeof(*receiver));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    receiver->base = base;
    receiver->options = *options;
    receiver->listener =
        evconnlistener_new_bind(base, on_accept, receiver, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
                                (struct sockaddr *)&address, sizeof(address));
    if (receiver->listener != NULL)
        return receiver;
    free(receiver);
    return NULL;
}

void
receiver_free(struct receiver *receiver)
{
    if (receiver == NULL)
        return;
    evconnlistener_free(receiver->listener);
    while (receiver->connections != NULL)
        drop(receiver->connections);
    tdestroy(receiver->keys, free);
    free(receiver);
}

int
receiver_port(const struct receiver *receiver)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    getsockname(evconnlistener_get_fd(receiver->listener), (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

const struct receiver_seen *
receiver_seen(const struct receiver *receiver)
{
    return &receiver->seen;
}
