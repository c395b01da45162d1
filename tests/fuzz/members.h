/* The three services on databases in memory, each with an order in every state; put back after each input. */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/uuid.h"
#include "../../common/intake.h"
#include "../../common/service.h"
#include "kept.h"

enum which { ORDER, PAYMENT, NOTIFY, MEMBERS };

enum { FUZZ_PARTITIONS = 12 };

/* When everything happens: 2026-01-01. */
#define FUZZ_NOW_MS INT64_C(1767225600000)

struct member {
    struct core core;
    struct settings *settings;      /* of the service */
    struct uuid_source ids;
    struct set_aside how;
    struct intake *intake;
    struct kept kept;
};

/* A service, opened at the first call. */
struct member *member_of(enum which which);
/* All of them as they were. */
void members_put_back(void);
struct clock *members_clock(void);

/* A request, with its commit; what it says lives in the arena. There must be such a route. */
struct reply member_ask(struct member *member, struct arena *arena, const char *method, const char *path, const char *body,
                        const char *key);
/* A record, with its commit. */
struct taken member_hear(struct member *member, const struct record *record);

/* For whoever opens a service in another way: the defaults of its settings, whatever the environment says; and what its
 * database holds before an input. */
struct settings *fixture_settings(const struct service *service, const char *data_dir);
void fixture_fill(const struct core *core);

/* Each line of the log stands for itself: what bytes from outside say cannot begin one. Then it is empty again. */
void log_open(struct log *log, const char *service, const struct clock *clock);
void log_check(const struct log *log);

#endif
