/* One of the three services as it is below its loop: its tables, its database, group commit, positions and intake, all of
 * them real. Whoever has it plays the loop, the relay and the network. */
#ifndef ACTOR_H
#define ACTOR_H

#include "../../../common/base/clock.h"
#include "../../../common/base/log.h"
#include "../../../common/base/memory.h"
#include "../../../common/base/uuid.h"
#include "../../../common/intake.h"
#include "../../../common/service.h"
#include "../../../notify-svc/notification.h"
#include "../../../order-svc/order.h"
#include "../../audit/audit.h"

enum { ACTOR_ROWS = 16 };

/* Time has two moments: all is done at the first but what asks whether it is too late. Orders are to be paid in between. */
#define ACTOR_EARLY_MS INT64_C(1767225600000)       /* 2026-01-01 */
#define ACTOR_LATE_MS (ACTOR_EARLY_MS + 3600 * 1000)

/* The broker that its positions and its cursor belong to. */
#define ACTOR_CLUSTER "explored-cluster"

struct actor {
    enum audited which;
    struct service service;                 /* the real tables … */
    struct reaction reactions[ACTOR_ROWS];  /* … with a copy of the reactions, whose handlers may be exchanged */
    union {
        struct settings common;
        struct order_settings order;
        struct notify_settings notify;
    } settings;
    struct clock clock;                     /* stands still */
    struct log log;
    struct uuid_source ids;
    struct core core;
    struct set_aside how;
    struct positions *positions;
    struct intake *intake;
    struct arena arena;                     /* of what was asked and answered, until actor_stop */
    int64_t mark;                           /* rows up to here are acknowledged: the next commit stores it */
    int64_t checked;                        /* rows above it are new: they may not pass what is parked */
};

const struct service *actor_service(enum audited which);

/* With an empty database in memory, and settings as they are by default, but for one partition and two attempts. channel:
 * NOTIFY_CHANNEL, for notify-svc. */
void actor_open(struct actor *actor, enum audited which, const char *channel);
void actor_close(struct actor *actor);

/* The process starts on its database, and stops wherever it is: an open turn is undone. */
void actor_start(struct actor *actor);
void actor_stop(struct actor *actor);

/* A request, in the open turn or in one that it opens. body and key may be NULL; the reply lives until actor_stop. */
struct reply actor_ask(struct actor *actor, const char *id, const char *method, const char *path, const char *body,
                       const char *key);
/* The timer of the end of its partition. */
struct result actor_expire(struct actor *actor, const char *id);
/* 0 or -1: everything was undone. */
int actor_commit(struct actor *actor);

/* The first column of the first row, in the arena; "" for NULL and for no row. sql is a literal; id is its :id, if not NULL. */
const char *actor_text(struct actor *actor, const char *sql, const char *id);

#endif
