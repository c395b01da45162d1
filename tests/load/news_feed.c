#include "news_feed.h"

#include "../../common/base/memory.h"
#include "address.h"
#include "feed_stream.h"
#include "news.h"
#include "run.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BACKOFF_MS = 50, LAST_BACKOFF_MS = 1000, SILENT_S = 35 };   /* a comment comes every 10 s */

struct news_feed {
    struct news *news;
    struct run *run;
    const struct address *address;
    struct event *socket, *again;
    int fd;                             /* -1: not connected */
    int backoff_ms;
    char problem[200];                  /* until the first event; "" from then on */
    struct feed_stream stream;
};

/* ---- events ---- */

/* The text behind "NAME":" from *data on, which moves behind it; "" if there is none. Fields come in the order of the query
 * that makes them, and what is in quotes in a value is escaped there. */
static char *
next_text(char **data, const char *name)
{
    static char none[] = "";
    char *text = strstr(*data, name), *end;

    if (text == NULL || (end = strchr(text += strlen(name), '"')) == NULL)
        return none;
    *end = '\0';
    *data = end + 1;
    return text;
}

static void
read_notice(const char *outcome, const char *kind, struct news_item *item)
{
    if (strcmp(outcome, "sent") == 0)
        item->told = status_of_kind(kind);
    else
        item->untold = status_of_kind(kind);
}

int
news_feed_read(char *data, struct news_item *item)
{
    const char *order_id = next_text(&data, "\"order_id\":\""), *what = next_text(&data, "\"what\":\"");
    const char *status = next_text(&data, "\"status\":\""), *detail = next_text(&data, "\"detail\":\"");

    *item = (struct news_item){ .order_id = order_id, .status = status_parse(status, strlen(status)), .in_order = true };
    if (*order_id == '\0' || item->status == NOT_ORDERED)
        return -1;
    if (strncmp(what, "notification.", 13) == 0)
        read_notice(what + 13, detail, item);
    item->closed = strcmp(detail, "closed") == 0;
    return 0;
}

static void
on_data(void *context, int64_t id, char *data)
{
    struct news_feed *feed = context;
    struct news_item item;

    if (news_feed_read(data, &item) == 0)
        news_hear(feed->news, &item);
    else
        results_failure(&feed->run->results, "http://%s: event %lld is no change of an order: %.200s", feed->address->host,
                        (long long)id, data);
}

/* ---- the connection, the last first ---- */

static void
disconnect(struct news_feed *feed)
{
    if (feed->socket != NULL)
        event_free(feed->socket);
    if (feed->fd >= 0)
        close(feed->fd);
    feed->socket = NULL;
    feed->fd = -1;
}

static void
lose(struct news_feed *feed, const char *problem)
{
    struct timeval delay = { .tv_sec = feed->backoff_ms / 1000, .tv_usec = feed->backoff_ms % 1000 * 1000 };

    if (feed->stream.id < 0)
        snprintf(feed->problem, sizeof(feed->problem), "http://%.100s: no stream of events: %.60s", feed->address->host,
                 problem);
    else if (feed->stream.status == 200)
        feed->run->results.streams_lost++;
    disconnect(feed);
    feed->backoff_ms = feed->backoff_ms * 2 > LAST_BACKOFF_MS ? LAST_BACKOFF_MS : feed->backoff_ms * 2;
    event_add(feed->again, &delay);
}

/* Events that contradict each other are a failure of the service; no answer, or another one, is not. */
static void
refuse(struct news_feed *feed, const char *problem)
{
    char text[100];

    if (feed->stream.status == 200)
        results_failure(&feed->run->results, "http://%s: stream of events, after id %lld: %s", feed->address->host,
                        (long long)feed->stream.id, problem);
    if (feed->stream.status != 0 && feed->stream.status != 200)
        snprintf(text, sizeof(text), "answers %d", feed->stream.status);
    else
        snprintf(text, sizeof(text), "%s", problem);
    lose(feed, text);
}

static void
on_readable(evutil_socket_t fd, short what, void *context)
{
    struct news_feed *feed = context;
    const char *problem = NULL;
    size_t room;
    char *bytes = feed_stream_room(&feed->stream, &room);
    ssize_t got = (what & EV_TIMEOUT) != 0 ? 0 : recv(fd, bytes, room, 0);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        lose(feed, got < 0 ? strerror(errno) : (what & EV_TIMEOUT) != 0 ? "nothing comes" : "the connection was closed");
        return;
    }
    if (feed_stream_take(&feed->stream, (size_t)got, &problem) != 0) {
        refuse(feed, problem);
        return;
    }
    if (feed->stream.id >= 0) {
        feed->problem[0] = '\0';
        feed->backoff_ms = FIRST_BACKOFF_MS;
    }
}

static int
send_request(const struct news_feed *feed)
{
    char last[60] = "", text[TOKEN_MAX + 600];
    int size;

    if (feed->stream.id >= 0)
        snprintf(last, sizeof(last), "Last-Event-ID: %lld\r\n", (long long)feed->stream.id);
    size = snprintf(text, sizeof(text), "GET /orders/events HTTP/1.0\r\nHost: %s\r\n%s%s\r\n", feed->address->host,
                    feed->run->arguments.authorization, last);
    return send(feed->fd, text, (size_t)size, MSG_NOSIGNAL) == size ? 0 : -1;
}

/* A connection that failed is noticed by the first write; a new one takes the whole request at once. */
static void
on_connected(evutil_socket_t fd, short what, void *context)
{
    static const struct timeval silence = { .tv_sec = SILENT_S };
    struct news_feed *feed = context;

    (void)what;
    if (send_request(feed) != 0) {
        lose(feed, strerror(errno));
        return;
    }
    event_free(feed->socket);
    feed->socket = event_new(feed->run->base, fd, EV_READ | EV_PERSIST, on_readable, feed);
    event_add(feed->socket, &silence);
}

static void
on_again(evutil_socket_t fd, short what, void *context)
{
    struct news_feed *feed = context;
    const struct sockaddr *to = (const struct sockaddr *)&feed->address->socket;

    (void)what;
    fd = feed->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    feed_stream_begin(&feed->stream);
    feed->socket = event_new(feed->run->base, fd, EV_WRITE, on_connected, feed);
    if (fd < 0 || (connect(fd, to, feed->address->size) != 0 && errno != EINPROGRESS))
        lose(feed, strerror(errno));
    else
        event_add(feed->socket, NULL);
}

/* ---- life ---- */

const char *
news_feed_problem(const struct news_feed *feed)
{
    return feed->problem[0] != '\0' ? feed->problem : NULL;
}

struct news_feed *
news_feed_new(struct news *news, struct run *run, const struct address *address)
{
    struct news_feed *feed = memory_new(1, sizeof(*feed));

    feed->news = news;
    feed->run = run;
    feed->address = address;
    feed->fd = -1;
    feed->backoff_ms = FIRST_BACKOFF_MS;
    feed->stream.id = -1;
    feed->stream.on_data = on_data;
    feed->stream.context = feed;
    snprintf(feed->problem, sizeof(feed->problem), "http://%.100s: no stream of events has begun", address->host);
    feed->again = event_new(run->base, -1, 0, on_again, feed);
    on_again(-1, 0, feed);
    return feed;
}

void
news_feed_free(struct news_feed *feed)
{
    if (feed == NULL)
        return;
    disconnect(feed);
    event_free(feed->again);
    free(feed);
}
