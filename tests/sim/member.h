/* One of the three services: the part of daemon.c and of the kernel that starts it, kills it, and keeps its database. */
#ifndef MEMBER_H
#define MEMBER_H

#include "../../common/base/log.h"
#include "../../common/base/uuid.h"
#include "../../common/node.h"
#include "../../common/service.h"
#include "../../common/store/group_commit.h"
#include "../../notify-svc/notification.h"
#include "../../order-svc/order.h"
#include "../audit/audit.h"
#include "agenda.h"

enum { MEMBERS = AUDITED, MEMBER_ROWS = 16 };

/* The event that a handler is busy with: common/running.h. */
struct running {
    struct envelope in;
    char id[UUID_TEXT];
    bool busy, blamed;
};

/* What listens to a member's commits, and whose it is. */
struct watched {
    struct member *member;
    struct group_listener listener;
};

struct member {
    const char *name;
    const struct service *original;
    struct service service;                  /* the same tables, with the simulator's handlers around theirs */
    struct route routes[MEMBER_ROWS];
    struct reaction reactions[MEMBER_ROWS];
    struct timer timers[MEMBER_ROWS];
    struct completion completions[MEMBER_ROWS];
    union {
        struct settings common;
        struct order_settings order;
        struct notify_settings notify;
    } settings;
    struct log log;
    struct uuid_source ids;
    struct db *db;                           /* outlives the process, as a file does */
    struct node *node;                       /* NULL while it does not run */
    struct group_commit *group;
    struct running running;
    bool disk_is_full;
    int64_t stalled_until_us;                /* it does not run before that, though it lives */
    bool dead;                               /* killed: what the step under way still does reaches nobody */
    struct task start;
    struct watched watched[GROUP_LISTENERS];
    int watched_count;
};

/* A database is made, the service will start. */
void member_open(struct member *member, int which);
void member_close(struct member *member);
struct member *member_named(const char *name);
struct member *member_of(struct db *db);
/* Who has this loop; NULL if nobody has it any more. */
struct member *member_on(const struct event_base *base);

/* Its database: made; taken by each start, false if it cannot be (then another start is on the agenda); and left by its
 * end, clean or not, after which it is to be taken again. */
void member_open_database(struct member *member);
bool member_take_database(struct member *member);
void member_leave_database(struct member *member);
struct sqlite3 *member_sqlite(const struct member *member);

/* The process may be killed here, between two steps. */
void member_crash_point(struct member *member, const char *where);
void member_kill(struct member *member, const char *why);
/* Another start is on the agenda. */
void member_start_later(struct member *member);
/* After each step: buries who was killed, and takes away who has stopped. */
void member_settle(struct member *member);
/* SIGTERM. false: it does not run. */
bool member_stop(struct member *member);
/* The database has no room for another page, or has again. */
void member_fill_disk(struct member *member, bool full);
/* Puts the rows that it has pruned back into its outbox, so that the auditor can judge all that was ever said. */
void member_restore_pruned(struct member *member);
/* Says why it is not at rest; NULL if it is. The text lives until the next call. */
const char *member_unrest(struct member *member);

#endif
