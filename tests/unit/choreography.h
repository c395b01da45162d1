/* The three services in one process, on databases in memory, with a clock of ours and a broker that is an array. */
#ifndef CHOREOGRAPHY_H
#define CHOREOGRAPHY_H

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "../../common/service.h"
#include "../../notify-svc/notification.h"
#include "../../order-svc/order.h"

enum member { ORDER_SVC, PAYMENT_SVC, NOTIFY_SVC, MEMBERS };

/* How the broker hands over. What is said of one order on one topic keeps its order in all of them, as Kafka does. */
enum delivery { IN_ORDER, TWICE_AT_ONCE, SHUFFLED, SHUFFLED_AND_TWICE, DELIVERIES };

/* An event that the broker has. */
struct broker_record {
    struct envelope in;
    bool passed[MEMBERS];
};

struct choreography {
    struct clock clock;
    struct log log;
    struct arena arena;                  /* requests, replies, records, dumps */
    struct uuid_source ids[MEMBERS];
    struct uuid_source request_ids, chance;
    struct order_settings order_settings;
    struct settings payment_settings;
    struct notify_settings notify_settings;
    struct core cores[MEMBERS];
    struct broker_record *records;       /* in the order they reached the broker */
    int record_count;
    enum delivery delivery;
    uint32_t set_aside[MEMBERS];         /* bit n: this service's dead letters take events of type n */
    uint32_t refuse;                     /* bit n: the broker refuses events of type n for good */
    int undone;                          /* deliveries that were neither done nor done before */
    const char *undone_code;
};

enum { PARTITIONS_IN_TESTS = 12 };

void choreography_open(struct choreography *c);
void choreography_close(struct choreography *c);

/* A request and its commit. body, key may be NULL. The reply lives in c->arena. */
struct reply ask(struct choreography *c, enum member to, const char *method, const char *path, const char *body,
                 const char *key);
/* POST /orders of two books of 1250 EUR for this customer; answers the id. */
const char *place_order(struct choreography *c, const char *customer);
int cancel_order(struct choreography *c, const char *order_id);
/* An account in this currency, with this balance. */
void open_account(struct choreography *c, const char *customer, const char *currency, int64_t balance);

/* What is in the outboxes reaches the broker, and the cursors are stored. Answers how many rows. */
int relay(struct choreography *c);
/* Relays and delivers until nothing is left to do. */
void run_until_quiet(struct choreography *c);
/* The same, but only these two hear anything; pass one twice for one alone. */
void run_only(struct choreography *c, enum member one, enum member other);
/* Everything that was ever said comes once more to everybody. */
void deliver_all_again(struct choreography *c);
/* One event to one service, with its commit. */
struct result deliver(struct choreography *c, enum member to, const struct envelope *in);
/* Events of this type become dead letters of the service; later they are handed to it again. */
void set_aside(struct choreography *c, enum member at, enum envelope_type type);
void redrive(struct choreography *c, enum member at, enum envelope_type type);
struct result give_up(struct choreography *c, enum member at, const struct envelope *in);
/* Time passes until the order is overdue, and the end of its partition is seen. */
struct result expire(struct choreography *c, const char *order_id);

/* What notify-svc has to post and is due gets this status, 0 for no answer, with a commit each. Answers how many. */
int answer_posts(struct choreography *c, int status);

/* A UUID after a prefix such as "request:". */
const char *new_id(struct choreography *c, const char *prefix);
/* An event by hand, with a new id. */
struct envelope event_about(struct choreography *c, enum envelope_type type, const char *order_id, const char *data);
/* The event of this type about the order that reached the broker last; fails the test if there is none. */
const struct envelope *said(struct choreography *c, const char *order_id, enum envelope_type type);

/* The first column of the first row of a query (a literal), copied; "" for NULL and for no row. :id is the text. */
const char *text_of(struct choreography *c, enum member of, const char *sql, const char *id);
int64_t number_of(struct choreography *c, enum member of, const char *sql);
/* All that matters of all three databases, without ids and times, in an order that does not depend on theirs. */
const char *dump(struct choreography *c);
/* Rows in all tables of a service but meta, relay_cursor and position. */
int64_t rows_in(struct choreography *c, enum member of);
/* balance = sum of the ledger; charges − refunds = sum of the PAID orders, when all is quiet. */
void check_money(struct choreography *c);
/* Order and payment say the same of every order, when all is quiet: PAID and COMPLETED, CANCELLED and VOIDED, … */
void check_agreement(struct choreography *c);
/* Each notification was said once. */
void check_notifications(struct choreography *c);

#endif
