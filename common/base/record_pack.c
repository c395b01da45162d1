/* Records as bytes, for a BLOB. */
#include "record.h"

#include "memory.h"

#include <string.h>

/* ---- headers as bytes: for each one two sizes of 4 bytes (-1: no value), the name, the value ---- */

enum { SIZES = 8 };

const char *
record_pack_headers(const struct record *record, struct arena *arena, size_t *size)
{
    char *bytes, *next;

    *size = 0;
    for (int i = 0; i < record->header_count; i++)
        *size += SIZES + strlen(record->headers[i].name) + record->headers[i].size;
    bytes = next = arena_alloc(arena, *size + 1);
    for (int i = 0; i < record->header_count; i++) {
        const struct record_header *header = &record->headers[i];
        size_t name_size = strlen(header->name);

        record_put_number(next, 4, (int64_t)name_size);
        record_put_number(next + 4, 4, header->value == NULL ? -1 : (int64_t)header->size);
        memcpy(next + SIZES, header->name, name_size);
        if (header->value != NULL)
            memcpy(next + SIZES + name_size, header->value, header->size);
        next += SIZES + name_size + header->size;
    }
    return bytes;
}

/* The header that starts here; answers how many bytes it has, 0 if they are none of ours. */
static size_t
unpack_one(const char *bytes, size_t size, struct arena *arena, struct record_header *header)
{
    int64_t name_size, value_size;

    if (size < SIZES)
        return 0;
    name_size = record_get_number(bytes, 4);
    value_size = record_get_number(bytes + 4, 4);
    if (name_size < 0 || value_size < -1 || SIZES + name_size + (value_size < 0 ? 0 : value_size) > (int64_t)size)
        return 0;
    header->name = arena_bytes(arena, bytes + SIZES, (size_t)name_size);
    header->size = value_size < 0 ? 0 : (size_t)value_size;
    header->value = value_size < 0 ? NULL : arena_bytes(arena, bytes + SIZES + name_size, header->size);
    return SIZES + (size_t)name_size + header->size;
}

int
record_unpack_headers(const char *bytes, size_t size, struct arena *arena, struct record *record)
{
    struct record_header *headers = arena_alloc(arena, (size / SIZES + 1) * sizeof(*headers)), *next = headers;

    while (size > 0) {
        size_t used = unpack_one(bytes, size, arena, next);

        if (used == 0)
            return -1;
        next++;
        bytes += used;
        size -= used;
    }
    record->headers = headers;
    record->header_count = (int)(next - headers);
    return 0;
}

/* ---- the whole record: key and value go before the headers, as two without a name ---- */

const char *
record_pack(const struct record *record, struct arena *arena, size_t *size)
{
    int count = record->header_count;
    struct record_header *all = arena_alloc(arena, (size_t)(count + 2) * sizeof(*all));
    struct record packed = { .headers = all, .header_count = count + 2 };

    all[0] = (struct record_header){ "", record->key, record->key_size };
    all[1] = (struct record_header){ "", record->value, record->value_size };
    if (count > 0)
        memcpy(all + 2, record->headers, (size_t)count * sizeof(*all));
    return record_pack_headers(&packed, arena, size);
}

int
record_unpack(const char *bytes, size_t size, struct arena *arena, struct record *record)
{
    struct record packed;

    if (record_unpack_headers(bytes, size, arena, &packed) != 0 || packed.header_count < 2)
        return -1;
    record->key = packed.headers[0].value;
    record->key_size = packed.headers[0].size;
    record->value = packed.headers[1].value;
    record->value_size = packed.headers[1].size;
    record->headers = packed.headers + 2;
    record->header_count = packed.header_count - 2;
    return 0;
}
