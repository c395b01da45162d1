#include "served.h"

#include "../../common/base/clock.h"
#include "../../common/base/faults.h"
#include "../../common/base/memory.h"
#include "../../common/base/unix_address.h"
#include "../../common/http/server_private.h"
#include "../../common/http/waiters.h"
#include "../../common/room.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../order-svc/order.h"
#include "../../order-svc/service.h"
#include "fuzz.h"
#include "input.h"
#include "members.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURN_MS = 10, REPLY_MS = 31000, END_MS = 100000, ROOM = 4096 };

static struct {
    struct node node;
    struct log log;
    struct clock clock;
    struct uuid_source ids;
    struct kept kept;
    stack_t signal_stack;       /* that running.c gave to the kernel: here, it is no leak */
    char http[300];
} served;

/* ---- starting ---- */

/* No broker is ever known, since no client can be made. Faults may be ordered. */
static struct settings *
make_settings(void)
{
    struct settings *settings = fixture_settings(&order_service, input_folder());

    snprintf(served.http, sizeof(served.http), "unix:%s/http.sock", input_folder());
    settings->http_address = served.http;
    settings->kafka_properties = "/nowhere/none";
    settings->min_free_disk_mb = settings->ballast_mb = 0;
    return settings;
}

/* Faults are not allowed: `fault set crash` would do what it says. */
static struct db *
open_database(const struct settings *settings)
{
    const struct meta meta = { order_service.name, 0, 1, FUZZ_PARTITIONS, "" };
    char *error = NULL;
    struct db *db = db_open(":memory:", &served.log, &error);

    MUST(db != NULL && meta_open(db, &meta, order_service.schema, &error) == 0, "%s", error);
    uuid_source_seeded(&served.ids, 1);
    *db_context(db) = (struct db_context){
        .settings = settings, .ids = &served.ids, .source = order_service.source, .shard = { 0, 1, FUZZ_PARTITIONS },
    };
    return db;
}

/* The node takes signals for itself: they are given back, to libFuzzer and the sanitizers. Its tick is real time: it is called
 * by hand. */
static void
start_node(struct node *node)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    struct sigaction before[5];
    char *error = NULL;

    for (int i = 0; i < 5; i++)
        sigaction(signals[i], NULL, &before[i]);
    MUST(node_start(node, &error) == 0, "%s", error);
    for (int i = 0; i < 5; i++)
        sigaction(signals[i], &before[i], NULL);
    sigaltstack(NULL, &served.signal_stack);
    event_del(node->sigterm);
    event_del(node->sigint);
    event_del(node->tick);
}

static void
start(void)
{
    struct node *node = &served.node;
    struct settings *settings;

    served.clock = clock_manual(FUZZ_NOW_MS);
    log_open(&served.log, "order-svc", &served.clock);
    settings = make_settings();
    node->service = &order_service;
    node->settings = settings;
    node->log = &served.log;
    node->clock = &served.clock;
    node->room = room_new(settings, order_service.name, &served.log);
    node->core = (struct core){ &order_service, &served.log, open_database(settings), NULL };
    node->core.group = group_new(node->core.db, &served.clock);
    fixture_fill(&node->core);
    start_node(node);
    kept_begin(&served.kept, node->core.db);
}

struct node *
served_node(void)
{
    if (served.node.base == NULL)
        start();
    return &served.node;
}

/* ---- turns ---- */

static bool
take(struct client *client)
{
    char bytes[ROOM];
    ssize_t got;

    if (client->fd < 0 || client->closed)
        return false;
    got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    client->closed = got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0)
        return client->closed;
    client->bytes = memory_resize(client->bytes, client->size + (size_t)got + 1, 1);
    memcpy(client->bytes + client->size, bytes, (size_t)got);
    client->size += (size_t)got;
    client->bytes[client->size] = '\0';
    return true;
}

/* Until there is nothing to do, and nothing to be heard. */
static void
turn(struct client clients[SERVED_CLIENTS])
{
    bool heard;

    do {
        clock_advance(&served.clock, TURN_MS);
        event_base_loop(served.node.base, EVLOOP_NONBLOCK);
        heard = false;
        for (int i = 0; i < SERVED_CLIENTS; i++)
            while (take(&clients[i]))
                heard = true;
    } while (heard);
}

/* ---- clients ---- */

static int
connect_to(const char *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct unix_address address;
    char path[300];

    snprintf(path, sizeof(path), "%s/%s", input_folder(), name);
    MUST(fd >= 0 && unix_address_init(&address, path) == 0
         && connect(fd, (struct sockaddr *)&address.address, sizeof(address.address)) == 0, "cannot connect: %s", strerror(errno));
    unix_address_release(&address);
    return fd;
}

void
served_connect(struct client clients[SERVED_CLIENTS], bool operators)
{
    for (int i = 0; i < SERVED_CLIENTS; i++)
        clients[i] = (struct client){ .fd = connect_to(operators ? "order-svc.sock" : "http.sock"), .bytes = memory_new(1, 1) };
    turn(clients);
}

void
served_say(struct client clients[SERVED_CLIENTS], int which, const char *bytes, size_t size)
{
    struct client *client = &clients[which];

    while (size > 0 && !client->closed && !client->half_closed) {
        ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno != EAGAIN)
            break;
        bytes += sent < 0 ? 0 : sent;
        size -= sent < 0 ? 0 : (size_t)sent;
        turn(clients);
    }
}

void
served_half_close(struct client clients[SERVED_CLIENTS], int which)
{
    clients[which].half_closed = true;
    shutdown(clients[which].fd, SHUT_WR);
    turn(clients);
}

void
served_wait_for_replies(struct client clients[SERVED_CLIENTS])
{
    if (waiters_count(served.node.waiters) == 0)
        return;
    clock_advance(&served.clock, REPLY_MS);
    node_on_tick(-1, 0, &served.node);
    turn(clients);
}

static void
expire(struct client clients[SERVED_CLIENTS])
{
    clock_advance(&served.clock, END_MS);
    on_tick(-1, 0, served.node.server);
    on_tick(-1, 0, served.node.operators);
    turn(clients);
}

void
served_wait(struct client clients[SERVED_CLIENTS])
{
    for (int i = 0; i < 20 && !(clients[0].closed && clients[1].closed); i++)
        expire(clients);
    for (int i = 0; i < SERVED_CLIENTS; i++)
        MUST(clients[i].closed, "connection %d is open still", i);
}

void
served_end(struct client clients[SERVED_CLIENTS])
{
    for (int i = 0; i < SERVED_CLIENTS; i++) {
        close(clients[i].fd);
        clients[i].fd = -1;
    }
    turn(clients);
    node_on_tick(-1, 0, &served.node);      /* streams notice that nobody listens */
    turn(clients);
    MUST(server_stats(served.node.server)->connections == 0 && server_stats(served.node.operators)->connections == 0,
         "a connection is left");
    MUST(!group_is_open(served.node.core.group) && served.node.pending == NULL, "a turn is left open");
    for (int i = 0; i < SERVED_CLIENTS; i++)
        free(clients[i].bytes);
    kept_put_back(&served.kept);
    uuid_source_seeded(&served.ids, 1);
    log_check(&served.log);
}
