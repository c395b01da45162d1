/* The dead letters that are kept, for operators. */
#ifndef DEAD_LETTER_LIST_H
#define DEAD_LETTER_LIST_H

#include <stdbool.h>
#include <stdint.h>

struct db;

/* Strings live in db_scratch; those that a record may lack are NULL then. */
struct letter_entry {
    int64_t id, offset, received_at;
    const char *state, *reason, *message, *cluster, *topic;
    const char *event_id, *type, *subject;
    int partition, tries;
};

/* By id, at most `limit`. reason or state NULL: any. */
void dead_letters_list(struct db *db, const char *reason, const char *state, int limit,
                       void (*each)(void *context, const struct letter_entry *entry), void *context);
/* Those about this order. */
void dead_letters_about(struct db *db, const char *subject,
                        void (*each)(void *context, const struct letter_entry *entry), void *context);
bool dead_letter_entry_get(struct db *db, int64_t id, struct letter_entry *entry);

/* Ids of open ones, those first that were redriven least often: a run that was broken off goes on where it was. */
void dead_letters_open_ids(struct db *db, const char *reason, int limit, void (*each)(void *context, int64_t id),
                           void *context);
/* Open ones, the most frequent reason first. */
void dead_letters_by_reason(struct db *db, void (*each)(void *context, const char *reason, int64_t count), void *context);

#endif
