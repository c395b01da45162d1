#include "json_tree.h"

#include "../base/memory.h"
#include "db.h"

#include <assert.h>
#include <string.h>

/* Arrays and objects whose end has not been seen, innermost last. json_tree() shows children right after their parent, and
 * of a parent its row's number; which row has this number differs between versions of SQLite, so it is learned from the
 * first child. */
struct open_node {
    struct json_node *node, *last;      /* last: its child that came last; NULL: none has */
    int64_t id;                         /* -1: not learned yet */
    struct open_node *outer;
};

static enum json_type
type_of(const char *name)
{
    switch (name[0]) {
    case 'n':
        return JSON_IS_NULL;
    case 'a':
        return JSON_IS_ARRAY;
    case 'o':
        return JSON_IS_OBJECT;
    case 'i':
    case 'r':
        return JSON_IS_NUMBER;
    default:                            /* "text", "true", "false" */
        return strcmp(name, "text") == 0 ? JSON_IS_STRING : JSON_IS_BOOL;
    }
}

/* 9223372036854775808 has the JSON type integer but comes as a real; so both are asked. */
static struct json_node *
node_of(struct db *db, struct rows *rows)
{
    struct json_node *node = arena_alloc(db_scratch(db), sizeof(*node));
    size_t size;
    const char *type = rows_peek(rows, 1, &size);

    *node = (struct json_node){ .type = type_of(type), .key = rows_text(rows, 0) };
    if (node->type == JSON_IS_STRING)
        node->text = rows_text(rows, 2);
    node->is_whole = type[0] == 'i' && rows_is_int(rows, 2);
    if (node->is_whole)
        node->number = rows_int(rows, 2);
    return node;
}

/* The one that the row is in: those inside of it have ended. Numbers grow as the text goes on. */
static struct open_node *
parent_of(struct open_node *open, int64_t id)
{
    assert(open != NULL);
    if (open->last == NULL && (open->outer == NULL || id > open->outer->id))
        open->id = id;
    while (open->id != id) {
        open = open->outer;
        assert(open != NULL);       /* the outermost has the number of the text itself */
    }
    return open;
}

static void
add_child(struct open_node *open, struct json_node *node)
{
    if (open->last == NULL)
        open->node->first = node;
    else
        open->last->next = node;
    open->last = node;
    open->node->count++;
}

static struct open_node *
opened(struct db *db, struct json_node *node, struct open_node *outer)
{
    struct open_node *open = arena_alloc(db_scratch(db), sizeof(*open));

    *open = (struct open_node){ .node = node, .id = -1, .outer = outer };
    return open;
}

/* ---- a text ---- */

/* json_valid of SQLite 3.42 and later takes only strict JSON when it has one argument, as earlier versions did. */
const struct json_node *
json_tree(struct db *db, const char *json)
{
    static const char sql[] =
        "SELECT key, type, atom, parent FROM json_tree(CASE WHEN json_valid(:json) THEN :json END)";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("json", json)));
    const struct json_node *root = NULL;
    struct open_node *open = NULL;

    while (rows_next(rows)) {
        struct json_node *node = node_of(db, rows);

        if (root == NULL) {
            root = node;
        } else {
            open = parent_of(open, rows_int(rows, 3));
            add_child(open, node);
        }
        if (node->type == JSON_IS_ARRAY || node->type == JSON_IS_OBJECT)
            open = opened(db, node, open);
    }
    rows_end(rows);
    return root;
}

static bool
is_object(struct db *db, const char *json)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(:json) THEN json_type(:json) = 'object' END";

    return db_number(db, sql, FIELDS(TEXT("json", json)), 0) == 1;
}

const struct json_node *
json_members(struct db *db, const char *json)
{
    static const char sql[] =
        "SELECT key, type, atom FROM json_each("
        "  CASE WHEN json_valid(:json) THEN CASE WHEN json_type(:json) = 'object' THEN :json END END)";
    struct rows *rows = db_select(db, sql, FIELDS(TEXT("json", json)));
    struct json_node *root = arena_alloc(db_scratch(db), sizeof(*root));
    struct open_node open = { .node = root };

    *root = (struct json_node){ .type = JSON_IS_OBJECT };
    while (rows_next(rows))
        add_child(&open, node_of(db, rows));
    rows_end(rows);
    return root->first != NULL || is_object(db, json) ? root : NULL;
}
