/* A Kafka record as plain memory, wherever it came from: the broker, a dead letter that was kept, a simulation. And an
 * event as such a record: CloudEvents 1.0, Kafka protocol binding 1.0.2, binary content mode. */
#ifndef RECORD_H
#define RECORD_H

#include "envelope.h"
#include "when.h"

#include <stdbool.h>

struct arena;

/* A value is bytes; NULL is none. Whoever makes it puts a NUL behind the bytes, which size does not count. */
struct record_header {
    const char *name;
    const char *value;
    size_t size;
};

struct record {
    enum topic topic;
    int partition;
    int64_t offset;              /* -1 of one that was not read */
    int64_t timestamp;           /* ms since 1970 */
    const char *key;             /* bytes; NULL: none */
    size_t key_size;
    const char *value;           /* bytes; NULL: none */
    size_t value_size;
    const struct record_header *headers;
    int header_count;
};

enum { RECORD_EVENT_HEADERS = 12 };

/* Where the headers of an event are written; lives as long as the record. */
struct record_room {
    struct record_header headers[RECORD_EVENT_HEADERS];
    char time[WHEN_TEXT], sequence[24];
};

/* The event as a record, its strings those of the envelope. */
struct record record_of_event(const struct envelope *out, struct record_room *room);

/* The value of the last header of this name as text; NULL if there is none, or it is no text of ours: longer than 256
 * bytes, with a NUL inside, not UTF-8. */
const char *record_text(const struct record *record, const char *name);
/* ce_type and ce_id. */
const char *record_type(const struct record *record);
const char *record_id(const struct record *record);

/* Reads an event: everything but time and received_at. Strings live as long as the record, or in the arena. NULL if it
 * is an event as EVENTS.md describes; else what is wrong with it, a literal in snake_case. */
const char *record_read(const struct record *record, struct arena *arena, struct envelope *in);

/* Headers as bytes for a BLOB, and back (into the arena). -1 if the bytes are none of ours. */
const char *record_pack_headers(const struct record *record, struct arena *arena, size_t *size);
int record_unpack_headers(const char *bytes, size_t size, struct arena *arena, struct record *record);

/* Key, value and headers together as bytes, and back. */
const char *record_pack(const struct record *record, struct arena *arena, size_t *size);
int record_unpack(const char *bytes, size_t size, struct arena *arena, struct record *record);

/* Headers that hold a big-endian number of 4 or 8 bytes, as Spring Kafka writes them; -1 if it is none. */
int record_number(const struct record *record, const char *name, int bytes, int64_t *number);
void record_put_number(char *to, int bytes, int64_t number);
int64_t record_get_number(const char *from, int bytes);

#endif
