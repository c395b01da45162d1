/* JSON from outside, read with SQLite's JSON functions by a table of rules. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct json_node;

enum json_kind {
    JSON_TEXT,        /* a string of min to max characters, without NUL */
    JSON_NAME,        /* the same, of letters, digits and . _ - @ only: fits into a path */
    JSON_CURRENCY,    /* three capital letters */
    JSON_ID,          /* a UUID in lower case; kinds up to here are texts as they stand */
    JSON_TIME,        /* RFC 3339 in UTC with milliseconds; the number is ms since 1970 */
    JSON_INTEGER,     /* a whole number written as one (not 1e3, not 1.0), min to max */
    JSON_ARRAY        /* min to max elements */
};

struct json_rule {
    const char *name;
    enum json_kind kind;
    int64_t min, max;
    bool optional;
};

struct json_value {
    const char *text;                  /* of what is written as a string, else NULL; in db_scratch */
    int64_t number;
    const struct json_node *first;     /* of an array: its first element; in db_scratch */
};

/* The first thing that is wrong. */
struct json_mistake {
    const char *field;    /* "currency"; NULL if the text is no JSON object at all; in db_scratch */
    const char *detail;   /* "must be a whole number from 1 to 9007199254740991"; in db_scratch */
};

enum { JSON_RULES = 12 };

/* Reads the object's fields into values[i] for rules[i]; the last rule has name NULL. Fields without a rule are
 * accepted and ignored; a field with a rule that stands twice is a mistake. -1 with *mistake filled in. */
int json_read(struct db *db, const char *json, const struct json_rule *rules, struct json_value *values,
              struct json_mistake *mistake);

/* The same of one that stands inside another, such as an element of an array. */
int json_read_node(struct db *db, const struct json_node *object, const struct json_rule *rules,
                   struct json_value *values, struct json_mistake *mistake);

/* Whether a text that stands elsewhere, such as in a path, would be a JSON_NAME of min to max characters. */
bool json_is_name(const char *text, size_t min, size_t max);

#endif
