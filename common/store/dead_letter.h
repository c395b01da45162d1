/* Records that were set aside: kept as they came, with the reason, until an operator decides. They go out on a
 * dead-letter topic, in the transaction that gave them up, and are kept here when they come back from it. */
#ifndef DEAD_LETTER_H
#define DEAD_LETTER_H

#include "../base/record.h"

#include <stdbool.h>

struct db;

/* Why a record is set aside, and by whom. */
struct dead_letter {
    struct record record;       /* as it came, its topic and offset those it was read from */
    const char *reason;         /* snake_case code, "malformed_order" */
    const char *message;        /* the same for people, at most 1 KB */
    const char *group;          /* who set it aside: Kafka's name of this service */
    const char *original_topic; /* the topic's name on the broker */
    const char *cluster;        /* the broker it was read from */
    int64_t received_at;        /* when it was set aside, ms since 1970 */
};

/* Larger values are not sent to the dead-letter topic: with its headers the record would pass the usual limit of 1 MB. */
enum { DEAD_LETTER_MAX = 900 * 1024, DEAD_LETTER_MESSAGE = 1024 };

/* The record with the headers that Spring Kafka writes (kafka_dlt-…) behind its own, in the arena. */
struct record dead_letter_record(const struct dead_letter *letter, struct arena *arena);
/* The other way: what was set aside, as it was. false if it is no dead letter, or not one of this group. */
bool dead_letter_read(const struct record *record, const char *group, struct arena *arena,
                      struct dead_letter *letter);

/* Keeps it; one that was kept before (the same event, or the same place without an event id) is kept once. */
void dead_letter_keep(struct db *db, const struct dead_letter *letter);

/* A kept one. */
struct kept_letter {
    int64_t id;
    bool open;
    const char *reason, *event_id;      /* event_id NULL if it has none; in db_scratch */
    bool has_headers;
    struct record record;               /* its topic is the original one; in db_scratch */
};
/* false if there is none. */
bool dead_letter_load(struct db *db, int64_t id, struct kept_letter *letter);
/* state: "DONE" or "DISCARDED". false if it was not OPEN. */
bool dead_letter_close(struct db *db, int64_t id, const char *state);
/* A redrive failed. */
void dead_letter_count_try(struct db *db, int64_t id);

int64_t dead_letter_count_open(struct db *db);

#endif
