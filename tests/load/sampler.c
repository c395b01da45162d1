#include "sampler.h"

#include "../../common/base/clock.h"
#include "../../common/base/memory.h"
#include "arguments.h"
#include "results.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BODY_LIMIT = 16 * 1024 * 1024, IDLE_S = 60 };

static const struct timeval patience = { .tv_usec = 800000 };

/* Where the readings of a process come from: /metrics if it has an address, /proc otherwise. */
struct source {
    struct sampler *sampler;
    const struct address *address;
    const struct local_process *local;      /* NULL: the driver itself */
    struct evhttp_connection *connection;   /* NULL until it is needed, and after it was too slow */
    bool asked;                             /* the answer is to come */
    struct reading reading;
};

struct sampler {
    struct event_base *base;
    const struct clock *clock;
    char authorization[TOKEN_MAX + 40];     /* the value of that header; "" without a token */
    struct process *processes;
    struct source *sources;                 /* as many, in the same order */
    int count, missing;                     /* missing: answers of this round */
    struct event *late;
    bool asking;
    int64_t asked_us, before_us;            /* when this round began, and the one before */
    void (*on_round)(void *context);
    void *context;
};

/* ---- a round, its end first ---- */

static void
end_round(struct sampler *sampler)
{
    double seconds = (double)(sampler->asked_us - sampler->before_us) / 1e6;

    event_del(sampler->late);
    sampler->asking = false;
    for (int i = 0; i < sampler->count; i++)
        process_take(&sampler->processes[i], sampler->sources[i].reading, seconds);
    sampler->before_us = sampler->asked_us;
    sampler->on_round(sampler->context);
}

/* Who has not answered by now loses the connection, so that no answer comes in a later round. */
static void
on_late(evutil_socket_t fd, short what, void *context)
{
    struct sampler *sampler = context;

    (void)fd, (void)what;
    for (int i = 0; i < sampler->count; i++) {
        struct source *source = &sampler->sources[i];

        if (!source->asked)
            continue;
        source->asked = false;
        evhttp_connection_free(source->connection);     /* and the request, without a call back */
        source->connection = NULL;
    }
    end_round(sampler);
}

/* The request is NULL, or has no status, when the connection failed: a service that is down. */
static void
on_answer(struct evhttp_request *request, void *context)
{
    struct source *source = context;

    if (request != NULL && evhttp_request_get_response_code(request) == 200) {
        struct evbuffer *body = evhttp_request_get_input_buffer(request);

        source->reading = reading_of_metrics((char *)evbuffer_pullup(body, -1), evbuffer_get_length(body));
    }
    source->asked = false;
    if (--source->sampler->missing == 0)
        event_active(source->sampler->late, EV_TIMEOUT, 0);     /* the round ends outside of evhttp */
}

static struct evhttp_connection *
connect_to(struct event_base *base, const struct address *address)
{
    char host[64], port[8];
    struct evhttp_connection *connection;

    getnameinfo((const struct sockaddr *)&address->socket, address->size, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    connection = evhttp_connection_base_new(base, NULL, host, (unsigned short)atoi(port));
    evhttp_connection_set_timeout(connection, IDLE_S);
    evhttp_connection_set_max_body_size(connection, BODY_LIMIT);
    return connection;
}

static void
ask_service(struct source *source)
{
    struct sampler *sampler = source->sampler;
    struct evhttp_request *request = evhttp_request_new(on_answer, source);
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);

    if (source->connection == NULL)
        source->connection = connect_to(sampler->base, source->address);
    evhttp_add_header(headers, "Host", source->address->host);
    if (sampler->authorization[0] != '\0')
        evhttp_add_header(headers, "Authorization", sampler->authorization);
    source->asked = true;
    sampler->missing++;
    if (evhttp_make_request(source->connection, request, EVHTTP_REQ_GET, "/metrics") == 0)
        return;
    source->asked = false;
    sampler->missing--;
}

static void
ask(struct source *source)
{
    source->reading = reading_none;
    if (source->address != NULL) {
        ask_service(source);
        return;
    }
    source->reading = source->local != NULL ? local_process_read(source->local) : reading_of_pid(getpid());
    if (source->local == NULL)
        source->reading.value[CPU] = (double)results_cpu_us() / 1e6;    /* finer than the kernel's ticks */
}

void
sampler_ask(struct sampler *sampler)
{
    if (sampler->asking)
        on_late(-1, EV_TIMEOUT, sampler);
    sampler->asking = true;
    sampler->asked_us = clock_monotonic_us(sampler->clock);
    sampler->missing = 0;
    event_add(sampler->late, &patience);
    for (int i = 0; i < sampler->count; i++)
        ask(&sampler->sources[i]);
    if (sampler->missing == 0)
        event_active(sampler->late, EV_TIMEOUT, 0);
}

/* ---- life ---- */

static struct source *
add(struct sampler *sampler, const char *name, int gauges)
{
    struct source *source = &sampler->sources[sampler->count];

    source->sampler = sampler;
    process_init(&sampler->processes[sampler->count++], name, gauges);
    return source;
}

static void
add_service(struct sampler *sampler, const char *name, const struct addresses *shards)
{
    char full_name[PROCESS_NAME];

    for (int i = 0; i < shards->count; i++) {
        snprintf(full_name, sizeof(full_name), "%s.%d", name, i);
        add(sampler, shards->count > 1 ? full_name : name, GAUGES)->address = &shards->of[i];
    }
}

static void
add_all(struct sampler *sampler, const struct arguments *arguments)
{
    const struct local_processes *locals = &arguments->processes;

    add_service(sampler, "order", &arguments->order);
    add_service(sampler, "payment", &arguments->payment);
    add_service(sampler, "notify", &arguments->notify);
    for (int i = 0; i < locals->count; i++)
        add(sampler, locals->of[i].name, RSS + 1)->local = &locals->of[i];
    add(sampler, "driver", RSS + 1);
}

/* The arguments hold the whole line of the header. */
static void
take_authorization(struct sampler *sampler, const char *line)
{
    static const char name[] = "Authorization: ";

    if (line[0] != '\0')
        snprintf(sampler->authorization, sizeof(sampler->authorization), "%.*s",
                 (int)strcspn(line + sizeof(name) - 1, "\r"), line + sizeof(name) - 1);
}

struct sampler *
sampler_new(struct event_base *base, const struct clock *clock, const struct arguments *arguments,
            void (*on_round)(void *context), void *context)
{
    struct sampler *sampler = memory_new(1, sizeof(*sampler));
    size_t count = (size_t)(3 * arguments->order.count + arguments->processes.count + 1);

    *sampler = (struct sampler){ .base = base, .clock = clock, .on_round = on_round, .context = context };
    sampler->processes = memory_new(count, sizeof(*sampler->processes));
    sampler->sources = memory_new(count, sizeof(*sampler->sources));
    sampler->late = event_new(base, -1, 0, on_late, sampler);
    add_all(sampler, arguments);
    take_authorization(sampler, arguments->authorization);
    return sampler;
}

void
sampler_free(struct sampler *sampler)
{
    if (sampler == NULL)
        return;
    for (int i = 0; i < sampler->count; i++)
        if (sampler->sources[i].connection != NULL)
            evhttp_connection_free(sampler->sources[i].connection);
    event_free(sampler->late);
    free(sampler->sources);
    free(sampler->processes);
    free(sampler);
}

const struct process *
sampler_processes(const struct sampler *sampler, int *count)
{
    *count = sampler->count;
    return sampler->processes;
}
