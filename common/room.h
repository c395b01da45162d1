/* Whether there is room for more: on the disk that holds DATA_DIR, and in the outbox. Looked at once a second, asked by every
 * request that writes. What was accepted before goes on as long as the database takes writes. */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct log;
struct room;
struct settings;

enum shortage { SHORT_OF_DISK, SHORT_OF_OUTBOX, SHORTAGES };

/* Before the database is opened: a disk that is full already gets its ballast back. */
struct room *room_new(const struct settings *settings, const char *service, const struct log *log);
/* The ballast stays for the next start. */
void room_free(struct room *room);

/* Once a second; pending: rows of the outbox that the broker has not acknowledged. Takes the ballast again when there is
 * room for it beside MIN_FREE_DISK_MB. */
void room_look(struct room *room, int64_t pending);
/* Group commit. A turn that was undone on a full disk gives up the ballast. */
void room_after_commit(void *room, bool committed);

/* What is short and what to do, for readiness; NULL if it is not. */
const char *room_short_of(const struct room *room, enum shortage what);
const char *shortage_name(enum shortage what);
/* Why a write is refused, for the client, and counted; NULL: there is room. */
const char *room_refusal(struct room *room);
bool room_is_short(const struct room *room);
/* The ballast was given up and could not be taken again: nothing is to be written but what makes room. */
bool room_is_full(const struct room *room);

struct room_stats {
    int64_t free_bytes;             /* on the disk; -1 if that is not known */
    int64_t pending;
    bool ballast;                   /* it is held */
    uint64_t refused[SHORTAGES];
};
const struct room_stats *room_stats(const struct room *room);

#endif
