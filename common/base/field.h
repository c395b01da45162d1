/* A named value: what a log line carries and what an SQL parameter is bound to. */
#ifndef FIELD_H
#define FIELD_H

#include <stddef.h>
#include <stdint.h>

enum field_kind { FIELD_END, FIELD_TEXT, FIELD_INT, FIELD_BLOB };

struct field {
    const char *name;      /* a string literal: compared by address first */
    enum field_kind kind;
    const char *text;      /* FIELD_TEXT: NUL-terminated or NULL; FIELD_BLOB: size bytes, NULL is SQL's NULL */
    size_t size;
    int64_t number;
};

#define TEXT(name_, text_) ((struct field){ .name = (name_), .kind = FIELD_TEXT, .text = (text_) })
#define INT(name_, number_) ((struct field){ .name = (name_), .kind = FIELD_INT, .number = (number_) })
#define BLOB(name_, bytes_, size_) \
    ((struct field){ .name = (name_), .kind = FIELD_BLOB, .text = (bytes_), .size = (size_) })

/* FIELDS(TEXT("a", "b"), INT("c", 1)): an array that ends itself and lives as long as the block it stands in. */
#define FIELDS(...) ((const struct field[]){ __VA_ARGS__, { .kind = FIELD_END } })

#endif
