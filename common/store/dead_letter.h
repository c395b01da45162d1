/* Records that were set aside: kept as they came, with the reason, until an operator decides. */
#ifndef DEAD_LETTER_H
#define DEAD_LETTER_H

#include <stddef.h>
#include <stdint.h>

struct db;

/* A record as the broker gave it. */
struct dead_letter {
    const char *reason;         /* snake_case code, "malformed_order" */
    const char *topic;          /* "payments" */
    int partition;
    int64_t offset;
    const char *event_id;       /* ce_id; NULL if the record has none */
    const char *type;           /* ce_type; NULL if the record has none */
    const void *key;            /* may be NULL */
    size_t key_size;
    const void *value;          /* may be NULL */
    size_t value_size;
    const char *headers;        /* JSON array of [name, value] pairs, for people; NULL if there are none */
    int64_t received_at;        /* ms since 1970 */
};

/* Keeps it; one that was kept before (same event, or same place without an event id) is kept once. */
void dead_letter_add(struct db *db, const struct dead_letter *letter);
int64_t dead_letter_count_open(struct db *db);

#endif
