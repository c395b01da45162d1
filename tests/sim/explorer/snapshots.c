#include "snapshots.h"

#include "../../../common/base/memory.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 24 };

struct table {
    sqlite3_stmt *read, *clear, *keep, *fill;
    bool empty;                  /* in the database, as it was last read or filled */
};

struct content {
    char *bytes;
    size_t size;
    uint64_t hash;
    uint32_t filled;             /* bit n: table n has rows */
};

struct snapshots {
    sqlite3 *sqlite;
    struct table tables[TABLES];
    int table_count;
    struct content *contents;
    int count, room;
    int *slots;                  /* by hash: number + 1, 0 where there is none */
    int slot_count;
};

/* ---- statements ---- */

static void
give_up(const struct snapshots *snapshots, const char *what)
{
    fprintf(stderr, "snapshots: %s: %s\n", what, sqlite3_errmsg(snapshots->sqlite));
    abort();
}

static void
run(const struct snapshots *snapshots, const char *sql)
{
    if (sqlite3_exec(snapshots->sqlite, sql, NULL, NULL, NULL) != SQLITE_OK)
        give_up(snapshots, sql);
}

static sqlite3_stmt *
prepare(const struct snapshots *snapshots, char *sql)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v3(snapshots->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        give_up(snapshots, sql);
    sqlite3_free(sql);
    return stmt;
}

static void
step(const struct snapshots *snapshots, sqlite3_stmt *stmt, int number)
{
    if (sqlite3_bind_parameter_count(stmt) > 0)
        sqlite3_bind_int(stmt, 1, number);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        give_up(snapshots, sqlite3_sql(stmt));
    sqlite3_reset(stmt);
}

/* A table and where it is kept: the number, then its columns. */
static void
add_table(struct snapshots *snapshots, const char *name, const char *columns)
{
    struct table *table = &snapshots->tables[snapshots->table_count++];
    char *sql = sqlite3_mprintf("CREATE TABLE kept.of_%s AS SELECT 0 AS snapshot, %s FROM main.%s WHERE 0;"
                                "CREATE INDEX kept.by_%s ON of_%s (snapshot)", name, columns, name, name, name);

    run(snapshots, sql);
    sqlite3_free(sql);
    table->read = prepare(snapshots, sqlite3_mprintf("SELECT %s FROM main.%s", columns, name));
    table->clear = prepare(snapshots, sqlite3_mprintf("DELETE FROM main.%s", name));
    table->keep = prepare(snapshots, sqlite3_mprintf("INSERT INTO kept.of_%s SELECT ?1, %s FROM main.%s", name, columns, name));
    table->fill = prepare(snapshots, sqlite3_mprintf("INSERT INTO main.%s (%s) SELECT %s FROM kept.of_%s WHERE snapshot = ?1"
                                                     " ORDER BY rowid", name, columns, columns, name));
}

/* The counters of AUTOINCREMENT last, which filling the other tables moves. */
struct snapshots *
snapshots_new(struct sqlite3 *sqlite)
{
    static const char sql[] =
        "SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM main.sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND (t.name NOT LIKE 'sqlite%' OR t.name = 'sqlite_sequence')"
        " GROUP BY t.name ORDER BY t.name = 'sqlite_sequence', t.name";
    struct snapshots *snapshots = memory_new(1, sizeof(*snapshots));
    char names[TABLES][40], columns[TABLES][400];
    sqlite3_stmt *stmt;
    int count = 0;

    snapshots->sqlite = sqlite;
    run(snapshots, "ATTACH ':memory:' AS kept");
    stmt = prepare(snapshots, sqlite3_mprintf("%s", sql));
    for (; sqlite3_step(stmt) == SQLITE_ROW; count++) {
        snprintf(names[count], sizeof(names[0]), "%s", (const char *)sqlite3_column_text(stmt, 0));
        snprintf(columns[count], sizeof(columns[0]), "%s", (const char *)sqlite3_column_text(stmt, 1));
    }
    sqlite3_finalize(stmt);
    for (int i = 0; i < count; i++)
        add_table(snapshots, names[i], columns[i]);
    return snapshots;
}

void
snapshots_free(struct snapshots *snapshots)
{
    for (int i = 0; i < snapshots->table_count; i++) {
        sqlite3_finalize(snapshots->tables[i].read);
        sqlite3_finalize(snapshots->tables[i].clear);
        sqlite3_finalize(snapshots->tables[i].keep);
        sqlite3_finalize(snapshots->tables[i].fill);
    }
    for (int i = 0; i < snapshots->count; i++)
        free(snapshots->contents[i].bytes);
    free(snapshots->contents);
    free(snapshots->slots);
    free(snapshots);
}

/* ---- taking ---- */

/* Of each value its type, its size and its bytes: no two rows look the same. */
static void
read_row(sqlite3_stmt *stmt, FILE *out)
{
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        int type = sqlite3_column_type(stmt, i);
        int64_t number = sqlite3_column_int64(stmt, i);
        int size = type == SQLITE_INTEGER ? (int)sizeof(number) : sqlite3_column_bytes(stmt, i);

        fputc(type, out);
        fwrite(&size, sizeof(size), 1, out);
        if (size > 0)
            fwrite(type == SQLITE_INTEGER ? (const void *)&number : sqlite3_column_blob(stmt, i), 1, (size_t)size, out);
    }
}

static struct content
read_content(struct snapshots *snapshots)
{
    struct content content = { .hash = UINT64_C(0xcbf29ce484222325) };
    FILE *out = open_memstream(&content.bytes, &content.size);

    for (int i = 0; i < snapshots->table_count; i++) {
        struct table *table = &snapshots->tables[i];

        table->empty = true;
        for (; sqlite3_step(table->read) == SQLITE_ROW; table->empty = false)
            read_row(table->read, out);
        sqlite3_reset(table->read);
        fputc('\n', out);
        content.filled |= (uint32_t)!table->empty << i;
    }
    fclose(out);
    for (size_t i = 0; i < content.size; i++)
        content.hash = (content.hash ^ (unsigned char)content.bytes[i]) * UINT64_C(0x100000001b3);
    return content;
}

static void
insert_slot(struct snapshots *snapshots, int number)
{
    uint64_t slot = snapshots->contents[number].hash;

    while (snapshots->slots[slot % (uint64_t)snapshots->slot_count] != 0)
        slot++;
    snapshots->slots[slot % (uint64_t)snapshots->slot_count] = number + 1;
}

static void
grow(struct snapshots *snapshots)
{
    if (snapshots->count < snapshots->room)
        return;
    snapshots->room = snapshots->room == 0 ? 256 : 2 * snapshots->room;
    snapshots->contents = memory_resize(snapshots->contents, (size_t)snapshots->room, sizeof(*snapshots->contents));
    free(snapshots->slots);
    snapshots->slot_count = 2 * snapshots->room;
    snapshots->slots = memory_new((size_t)snapshots->slot_count, sizeof(*snapshots->slots));
    for (int i = 0; i < snapshots->count; i++)
        insert_slot(snapshots, i);
}

static int
find(const struct snapshots *snapshots, const struct content *content)
{
    for (uint64_t slot = content->hash; snapshots->slot_count > 0; slot++) {
        int number = snapshots->slots[slot % (uint64_t)snapshots->slot_count] - 1;

        if (number < 0)
            return -1;
        if (snapshots->contents[number].size == content->size
            && memcmp(snapshots->contents[number].bytes, content->bytes, content->size) == 0)
            return number;
    }
    return -1;
}

int
snapshots_take(struct snapshots *snapshots)
{
    struct content content = read_content(snapshots);
    int number = find(snapshots, &content);

    if (number >= 0) {
        free(content.bytes);
        return number;
    }
    grow(snapshots);
    number = snapshots->count++;
    snapshots->contents[number] = content;
    insert_slot(snapshots, number);
    run(snapshots, "BEGIN");
    for (int i = 0; i < snapshots->table_count; i++)
        if (!snapshots->tables[i].empty)
            step(snapshots, snapshots->tables[i].keep, number);
    run(snapshots, "COMMIT");
    return number;
}

/* ---- bringing back ---- */

void
snapshots_restore(struct snapshots *snapshots, int number)
{
    uint32_t filled = snapshots->contents[number].filled;

    run(snapshots, "BEGIN");
    for (int i = 0; i < snapshots->table_count; i++) {
        step(snapshots, snapshots->tables[i].clear, number);
        if (filled >> i & 1)
            step(snapshots, snapshots->tables[i].fill, number);
    }
    run(snapshots, "COMMIT");
}

int
snapshots_count(const struct snapshots *snapshots)
{
    return snapshots->count;
}
