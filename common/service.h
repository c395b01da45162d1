/* A service is a table of what it hears and what it may say; and the one function that every cause passes. */
#ifndef SERVICE_H
#define SERVICE_H

#include "base/envelope.h"
#include "base/outcome.h"
#include "base/settings.h"
#include "http/request.h"
#include "owner.h"
#include "store/metrics.h"

struct clock;
struct db;
struct feed;
struct group_commit;
struct log;
struct outside;

enum { EMITS = 4 };      /* event types in a row; NO_TYPE ends the list */

/* Reads and writes the database, says events through the outbox, knows nothing else. */
typedef struct outcome handler(struct db *db, const struct envelope *in);

/* Whether a request may carry an Idempotency-Key. */
enum key_rule { KEY_IGNORED, KEY_OPTIONAL, KEY_REQUIRED };

/* An HTTP request. */
struct route {
    const char *method;
    const char *path;                 /* "/orders/{id}": one {…} at most, it matches one segment */
    struct reply (*handle)(struct db *db, const struct request *request);
    enum envelope_type emits[EMITS];
    enum key_rule key;
    struct owner owner;               /* whose it is: the shard that has them answers it */
    handler *if_refused;              /* the broker refused an event of `emits` for good: in is that event */
    enum envelope_type if_refused_emits[EMITS];
};

/* How a second delivery of the same event is kept from having a second effect. */
enum once { BY_STATE, BY_PROCESSED_EVENT };

/* An event of another service. */
struct reaction {
    enum envelope_type on;
    handler *handle;
    enum once once;
    enum envelope_type emits[EMITS];
    handler *give_up;                 /* all attempts were used up: the effect that keeps the services agreeing */
    enum envelope_type give_up_emits[EMITS];
    bool compensates;                 /* it is a compensation itself: tried for ever, never given up */
    int max_attempts;                 /* 0: RETRY_MAX_ATTEMPTS */
    int backoff_interval_ms;          /* 0: RETRY_BACKOFF_INTERVAL_MS */
};

/* Time has passed. Runs when the end of a partition has been seen, so that what was said in time is heard first. */
struct timer {
    const char *name;                 /* "expiry": the cause's id is "timer:expiry:UUID" */
    enum topic at_end_of;
    bool (*due)(struct db *db, int partition, int64_t now_ms);
    handler *handle;                  /* in->partition and in->received_at say for where and when */
    enum envelope_type emits[EMITS];
};

/* An outside call came back: in->subject names what it was for, in->data says how it went. */
struct completion {
    const char *name;
    handler *handle;
    enum envelope_type emits[EMITS];
};

/* All that happened to an order here, each told once, in any order. */
typedef void teller(struct db *db, const char *order_id,
                      void (*each)(void *context, int64_t at_ms, const char *what), void *context);

/* Each array ends with a row of zeros. */
struct service {
    const char *name;                 /* "order-svc" */
    const char *source;               /* "/order-svc" */
    const char *schema;               /* SQL that creates its tables */
    const char *const *upgrades;      /* SQL that leads from schema version 1 to 2, from 2 to 3, … */
    const char *openapi;              /* its openapi.yaml */
    enum topic speaks_on;
    int default_port;
    const struct setting *settings;   /* its own, beside the common ones; ends with name NULL */
    size_t settings_size;             /* of its struct, which starts with struct settings */
    const struct route *routes;
    const struct reaction *reactions;
    const struct timer *timers;
    const struct completion *completions;
    const struct metric *metrics;     /* what it counts of its own business; NULL: nothing */
    const struct outside *outside;    /* what it calls once a commit holds; NULL: nothing */
    const struct feed *feed;          /* what it tells to who listens; NULL: nothing */
    /* Rules of its own about its settings: prints a line for each mistake and answers how many; NULL: none. */
    int (*check_settings)(const void *settings, FILE *errors);
    teller *timeline;                 /* for operators */
};

bool service_hears(const struct service *service, enum topic topic);
const struct reaction *service_reaction(const struct service *service, enum envelope_type type);
/* The route for a request, with the {…} part copied into *param (in the arena). NULL: *allow lists the methods that the
 * path has, or is NULL when there is no such path. */
const struct route *service_route(const struct service *service, const char *method, const char *path,
                                  struct arena *arena, const char **param, const char **allow);

/* A service with its database: what runs in a process, in a test, many times in a simulation. Open to be read. */
struct core {
    const struct service *service;
    const struct log *log;
    struct db *db;
    struct group_commit *group;
};

/* How a cause went. LOST: the database failed, the turn will be undone and everything in it told so. */
enum handled { HANDLED, HANDLED_BEFORE, SKIPPED, UNDONE_RETRY, UNDONE_REFUSED, LOST };

struct result {
    enum handled how;
    const char *code;     /* of RETRY and REFUSED */
};

/* Opens the turn if need be and runs the row under a savepoint. Nothing is durable before group_commit. */
struct result core_react(struct core *core, const struct envelope *in);
struct result core_timer(struct core *core, const struct timer *timer, const struct envelope *in);
struct result core_complete(struct core *core, const struct completion *completion, const struct envelope *in);

/* What is written under the savepoint of a compensation: the two stand or fall together. */
struct also {
    void (*write)(struct db *db, const void *what);     /* NULL: nothing */
    const void *what;
};
#define NOTHING_ELSE ((struct also){ NULL, NULL })
/* The compensations of the tables. SKIPPED, with nothing written, when the row has none. */
struct result core_give_up(struct core *core, const struct envelope *in, struct also also);
struct result core_if_refused(struct core *core, const struct envelope *refused, struct also also);
/* A kept record once more, its DEAD in processed_event turned into DONE. */
struct result core_redrive(struct core *core, const struct envelope *in, struct also also);
/* Something that no row of the tables concerns, under a savepoint of its own. LOST if the database failed; UNDONE_REFUSED
 * if it refuses this for good. */
struct result core_write(struct core *core, struct also also);
/* The reply to a request, its strings in request->arena. Idempotency-Key included; 421 if it belongs to another shard. */
struct reply core_request(struct core *core, const struct route *route, const struct request *request);

#endif
