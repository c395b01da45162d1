/* Turns of the three services: what a service does depends on what its database holds and on what it is given, on nothing
 * else. So each such pair is run once, by the real service on its real tables, and what came of it is kept: exploring is
 * putting these together in every order. */
#ifndef TURNS_H
#define TURNS_H

#include "../mutants.h"
#include "actor.h"
#include "logs.h"

#include <stdint.h>

/* What makes a service do something. */
enum cause {
    CAUSE_PLACE,                 /* POST /orders, with a key */
    CAUSE_CANCEL,                /* POST /orders/{id}/cancellation, with a key */
    CAUSE_RECORD,                /* a record that it hears */
    CAUSE_EXPIRY,                /* the end of its partition was seen */
    CAUSE_CURSOR,                /* nothing: only the relay's cursor is stored */
    CAUSE_ROW_REFUSED,           /* the broker will not have a row of its outbox */
    CAUSE_ROW_RETRIED,           /* an operator sends the parked row again */
    CAUSE_ROW_REPEATED,          /* an operator has a row said again that was sent */
    CAUSE_REDRIVE,               /* an operator offers its open dead letter again */
    CAUSE_ANSWER                 /* a post came back */
};

/* What goes wrong in it. */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_RETRY,               /* the handler fails when its effects are there */
    TROUBLE_REFUSAL,             /* the handler refuses the event when its effects are there */
    TROUBLE_KILL,                /* the process dies before its COMMIT */
    TROUBLES
};

/* Compared as bytes: there are none between the members. */
struct turn {
    int32_t before;              /* what the database holds: a snapshot */
    int32_t record, offset;      /* CAUSE_RECORD */
    int32_t detail;              /* seq of a row; kind and status of an answer */
    uint8_t who;                 /* enum audited */
    uint8_t cause, trouble;
    uint8_t mark;                /* rows of the outbox up to here are acknowledged */
};

struct turned {
    int32_t after;               /* snapshot */
    int32_t status;              /* of a request's reply */
    const char *wrong;           /* what should not have happened; NULL */
};

/* What a database holds, as far as others see it. */
enum { ROWS_SEEN = 48 };
struct seen {
    int position[ALL_TOPICS];    /* next offset */
    int cursor;
    int row_count;
    struct {
        int seq, record;
    } rows[ROWS_SEEN];           /* of the outbox, by seq */
    int open_letters, parked;    /* seq of the first PARKED row; 0: none */
    int posts;                   /* bit n: a post of this kind is due */
    bool overdue;                /* an order would expire if it is late */
    bool asks_for_time;          /* the order is not paid, or nobody has decided about its payment */
    uint64_t essence;            /* the same for databases that differ in ids, times and positions only */
    const char *summary;         /* for people: "PAID", "paid SENT, cancelled PENDING" */
};

struct turns;

/* channel: of notify-svc. balance: what the customer has, -1: no account. */
struct turns *turns_new(struct logs *logs, enum mutant mutant, const char *channel, int balance);
void turns_free(struct turns *turns);

/* What the service's database holds at the beginning. */
int turns_first(const struct turns *turns, enum audited who);
/* Runs it, if it was not run before. */
struct turned turns_take(struct turns *turns, const struct turn *turn);
const struct seen *turns_seen(const struct turns *turns, enum audited who, int snapshot);
/* Whether a reaction stands for this record, or it is a dead letter of its own. */
bool turns_hears(const struct turns *turns, enum audited who, int record);

/* Brings the database back; until the next turn it stays so. */
struct actor *turns_restore(struct turns *turns, enum audited who, int snapshot);
/* How many pairs were run, and how many contents of databases there are. */
int64_t turns_count(const struct turns *turns);
int64_t turns_snapshots(const struct turns *turns);

/* Of the order. */
const char *turns_order_id(const struct turns *turns);

/* "paid", "rejected", "cancelled", "refunded": what a post tells, by its number. */
const char *turns_kind(int kind);

#endif
