#include "receiver.h"

#include "../../common/base/memory.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { WORD = 20, TEXT_SIZE = 100, MEGABYTE = 1 << 20 };

/* How often a key has come. */
struct key {
    char text[TEXT_SIZE];
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

#define OK "HTTP/1.1 200 OK\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"

static const struct {
    const char *word, *text;
} texts[] = {
    { "junk", "this is no HTTP\r\n\r\n" },
    { "half", OK "Content-Length: 10\r\n\r\n{}" },
    { "chunked", OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" },
    { "continue", "HTTP/1.1 100 Continue\r\n\r\n" OK EMPTY },
    { "early", "HTTP/1.1 103 Early Hints\r\n\r\n" OK EMPTY },
    { "last", OK "Connection: close\r\n" EMPTY },
};

static void
send_long(struct evbuffer *output, bool head)
{
    if (!head)
        evbuffer_add_printf(output, OK "Content-Length: %d\r\n\r\n", MEGABYTE);
    else
        evbuffer_add_printf(output, OK);
    for (int i = 0; i < MEGABYTE; i += 32)
        evbuffer_add_printf(output, "x-header-%07d: %011d\r\n", i, i);        /* 32 bytes */
}

static void
send_answer(struct connection *connection, const char *word)
{
    struct evbuffer *output = bufferevent_get_output(connection->bev);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(word, texts[i].word) == 0) {
            evbuffer_add(output, texts[i].text, strlen(texts[i].text));
            return;
        }
    if (strcmp(word, "heads") == 0 || strcmp(word, "big") == 0)
        send_long(output, *word == 'h');
    else
        evbuffer_add_printf(output, "HTTP/1.1 %d Answer\r\n" EMPTY, atoi(word));
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

static bool
is_word(const char *text, size_t size)
{
    static const char words[] = " hang late close reset junk heads half big chunked continue early last ";
    char between[WORD + 3];

    snprintf(between, sizeof(between), " %.*s ", (int)size, text);
    return strstr(words, between) != NULL || (size == 3 && strspn(text, "0123456789") == 3);
}

/* The n-th word between dashes, counted from 1, or the last one. Other names than those made of words are fine. */
static void
word_of(const char *customer, int n, char word[WORD])
{
    size_t size = strcspn(customer, "-");

    if (!is_word(customer, size)) {
        strcpy(word, "200");
        return;
    }
    while (n-- > 1 && customer[size] == '-') {
        customer += size + 1;
        size = strcspn(customer, "-");
    }
    snprintf(word, WORD, "%.*s", (int)size, customer);
}

/* The value of "name":"…" in a JSON text of ours, "-" if there is none. */
static void
json_text(const char *json, const char *name, char value[TEXT_SIZE])
{
    char start[TEXT_SIZE];
    const char *found;

    snprintf(start, sizeof(start), "\"%s\":\"", name);
    found = strstr(json, start);
    snprintf(value, TEXT_SIZE, "%.*s", found == NULL ? 1 : (int)strcspn(found + strlen(start), "\""),
             found == NULL ? "-" : found + strlen(start));
}

static void
header(const char *head, const char *name, char value[TEXT_SIZE])
{
    const char *line = strstr(head, "\r\n");

    value[0] = '\0';
    for (; line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0 && line[2 + strlen(name)] == ':')
            snprintf(value, TEXT_SIZE, "%.*s", (int)strcspn(line + 4 + strlen(name), "\r"), line + 4 + strlen(name));
}

static void
on_post(struct connection *connection)
{
    struct receiver *receiver = connection->receiver;
    struct receiver_seen *seen = &receiver->seen;
    char text[TEXT_SIZE], customer[TEXT_SIZE], order[TEXT_SIZE], kind[TEXT_SIZE], word[WORD];
    struct key *key;

    header(seen->head, "Idempotency-Key", text);
    connection->key = key = find_key(receiver, text);
    key->times++;
    seen->posts++;
    if (++seen->open > seen->most_open)
        seen->most_open = seen->open;
    json_text(seen->body, "customer_id", customer);
    json_text(seen->body, "order_id", order);
    json_text(seen->body, "kind", kind);
    word_of(customer, key->times, word);
    if (receiver->options.log != NULL)
        fprintf(receiver->options.log, "post %s %d %s %d %s %s %s\n", key->text, key->times, word, seen->open, order,
                kind, customer);
    answer(connection, word);
}

/* Takes one post out of the input. false: it is not whole, or larger than any of ours. */
static bool
take_post(struct connection *connection)
{
    struct receiver_seen *seen = &connection->receiver->seen;
    struct evbuffer *input = bufferevent_get_input(connection->bev);
    struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
    char head[sizeof(seen->head)], length[TEXT_SIZE];
    size_t size;

    if (end.pos < 0 || (size_t)end.pos + 4 >= sizeof(head))
        return false;
    evbuffer_copyout(input, head, (size_t)end.pos + 2);
    head[end.pos + 2] = '\0';
    header(head, "Content-Length", length);
    size = strtoul(length, NULL, 10);
    if (size >= sizeof(seen->body) || evbuffer_get_length(input) < (size_t)end.pos + 4 + size)
        return false;
    strcpy(seen->head, head);
    evbuffer_drain(input, (size_t)end.pos + 4);
    evbuffer_remove(input, seen->body, size);
    seen->body[size] = '\0';
    return true;
}

static void
on_readable(struct bufferevent *bev, void *context)
{
    struct connection *connection = context;

    (void)bev;
    if (connection->key == NULL && take_post(connection))
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
