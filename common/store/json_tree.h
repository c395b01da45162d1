/* A JSON text as a tree, read by one statement: half the work of asking for its parts. */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum json_type { JSON_IS_NULL, JSON_IS_BOOL, JSON_IS_NUMBER, JSON_IS_STRING, JSON_IS_ARRAY, JSON_IS_OBJECT };

struct json_node {
    enum json_type type;
    const char *key;                /* of an object's member; of an array's element it means nothing */
    const char *text;               /* of a string; else NULL */
    int64_t number;                 /* of a whole number that fits */
    bool is_whole;                  /* it is one, and written as one (not 1e3, not 1.0) */
    int64_t count;                  /* of an array or object: how many are in it … */
    struct json_node *first;        /* … and the first of them, */
    struct json_node *next;         /* each followed by the next, as they stand in the text */
};

/* In db_scratch. NULL if the text is no JSON. */
const struct json_node *json_tree(struct db *db, const char *json);
/* An object with its members only, whatever is in them: they seem empty. NULL if the text is no JSON object. */
const struct json_node *json_members(struct db *db, const char *json);

#endif
