/* The auditor: decides from the databases of the three services, and from what their topics hold, whether anything was lost,
 * doubled or invented. */
#ifndef AUDIT_H
#define AUDIT_H

#include "../../common/base/record.h"
#include "checks.h"

#include <stdbool.h>
#include <stdint.h>

struct audit;
struct sqlite3;

enum audited { AUDIT_ORDER, AUDIT_PAYMENT, AUDIT_NOTIFY, AUDITED };

/* "order-svc" */
const char *audited_name(enum audited service);

/*
 * What the queries see. Each database is attached twice, so that an audit of running services can take effects from a
 * first reading and causes from a later one; of services at rest both readings are the same.
 *
 *   orders order_item order_history order_notice idempotency_key     first reading, as schema order_svc
 *   account payment ledger                                           first reading, as schema payment_svc
 *   notification                                                     first reading, as schema notify_svc
 *   order_later.* payment_later.* notify_later.*                     second reading
 *   outbox_row, processed, letter, parked, decided                   first reading, all services, with a column service
 *   abandoned (event_id)                                             events that the broker would not take: given up
 *   said (service, subject, type, status, kind, seq, event_id,       second reading: every event; for EVENTS only
 *         moved, partition, content)                                 moved: to outbox_parked
 *   horizon (id), pruned (service)                                   an event whose id is below it may have been pruned
 *   deleted (service, name, id)                                      the same for rows of other tables
 *   excused (order_id, why)                                          orders that a dead letter keeps from their end
 *   here (shard, shards, partitions)                                 which shard of how many this is
 *   told (line, outcome, order_id, key, flow)                        what a load driver was told; empty without one
 *   told_here                                                        those lines that are about an order of this shard
 *
 * For RECORDS, which are read after the first reading and before the second: what was sent then is there by now, and who
 * said what is there can be found.
 *
 *   record (event_id, topic, partition, record_offset, at, type,     every record; of a dead letter event_id is made of its
 *           key, content)                                            bytes, '' of one without an id; topic: enum topic
 *   log (topic, partition, low, high), topic (topic, name)           what a partition holds
 *   speaker (service, topic, name, cursor, known)                    first reading: up to cursor all is on the topic, if known
 *   letter_said (service, topic, partition, seq, event_id, about)    second reading: dead letters in the outboxes
 *   gone (topic, partition, until)                                   rows up to this seq may have lost their record
 *   read_to (service, topic, partition, next_offset)                 first reading: how far services have read these logs
 *   known (type), foreign_record                                     types of ours, and records of others
 *   forgetful                                                        has a row if this log may have been begun anew
 */
struct audit *audit_new(void);
void audit_free(struct audit *audit);

/* A database file, stopped or in use, its path without escapes. Nothing is created beside it and nothing is written.
 * -1 with *error (the caller's). */
int audit_attach(struct audit *audit, enum audited service, const char *path, char **error);
/* A copy of an open database, such as one in memory. It must not be in the middle of a transaction. */
int audit_copy(struct audit *audit, enum audited service, struct sqlite3 *from, char **error);
/* Lines "acknowledged|refused|unknown ORDER_ID|- KEY|- FLOW" of a load driver. -1 with *error naming file and line. */
int audit_history(struct audit *audit, const char *path, char **error);
/* One such line by its words, "-" where there is nothing to say; order_id may be NULL. */
void audit_told(struct audit *audit, const char *outcome, const char *order_id, const char *key);

/* The first reading begins. Without it, it begins with audit_run, and the second right after it. */
int audit_begin(struct audit *audit, char **error);

/* What a broker's topics hold, for RECORDS; between audit_begin and audit_run. identity as common/kafka/broker.h has it, then
 * each partition with its offsets (high excluded), and its records in their order. -1: there is no room. */
void audit_broker(struct audit *audit, const char *identity);
void audit_log(struct audit *audit, enum topic topic, int partition, int64_t low, int64_t high);
int audit_record(struct audit *audit, const struct record *record);

/* What is wrong. */
struct violation {
    const char *order_id;       /* NULL if it concerns none */
    const char *what;
    const char *line;           /* of the order's timeline, as timeline.c calls it; NULL if none of them is */
};

/* How a check went. */
struct finding {
    int64_t examined, violations;
    int64_t excused;            /* would be violations, but a dead letter explains them */
    int64_t undecidable;        /* the events that would decide have been pruned */
    char error[200];            /* the query failed, which counts as one violation; empty if it did not */
};

/* Who is told. on_violation comes before the on_checked of its check; its texts live during the call. */
struct audit_listener {
    void (*on_violation)(void *context, const struct check *check, const struct violation *violation);
    void (*on_checked)(void *context, const struct check *check, const struct finding *finding);
    void *context;
};

/* Asks, in their order, the checks that need nothing but what is `given`, and of these only those that need all of
 * `only`: two audits of the same databases can share the work, one given EVENTS and for these only, the other without.
 * Answers the number of violations; -1 with *error (the caller's) when a database cannot be read, or was changed under
 * a reading that relies on its rest. */
int64_t audit_run(struct audit *audit, unsigned given, unsigned only, const struct audit_listener *listener,
                  char **error);

/* After audit_run: each row of a query to `each`, its columns as text (NULL is NULL). :id is bound to id if not NULL.
 * Answers the number of rows; -1 if the query fails. */
int audit_select(struct audit *audit, const char *sql, const char *id,
                 void (*each)(void *context, const char *const *columns), void *context);

#endif
