#include "disk.h"

#include "../../common/base/memory.h"
#include "../sim/chance.h"

#include <stdlib.h>
#include <string.h>

enum { SECTOR = 512 };

struct bytes {
    unsigned char *data;
    int64_t size, room;
};

/* What was done since the last sync. data NULL: the file was cut to `at`. */
struct change {
    struct change *next;
    unsigned char *data;
    int64_t at, size;
};

enum whose { OF_A_SERVICE, DELETED, OF_NOBODY };

struct disk_file {
    struct disk_file *next;
    char *path;
    struct bytes now, durable;
    struct change *changes, **last;
    enum whose whose;
    bool named;                  /* a loss of power leaves its name */
    bool names;                  /* its sync makes names durable */
};

/* All there ever were: a run is short, and ends with its process. */
static struct disk_file *files;

/* ---- bytes ---- */

static void
bytes_resize(struct bytes *bytes, int64_t size)
{
    if (size > bytes->room) {
        bytes->room = size + size / 2;
        bytes->data = memory_resize(bytes->data, (size_t)bytes->room, 1);
    }
    if (size > bytes->size)
        memset(bytes->data + bytes->size, 0, (size_t)(size - bytes->size));
    bytes->size = size;
}

static void
bytes_put(struct bytes *bytes, int64_t at, const void *data, int64_t size)
{
    if (at + size > bytes->size)
        bytes_resize(bytes, at + size);
    memcpy(bytes->data + at, data, (size_t)size);
}

static void
bytes_copy(struct bytes *to, const struct bytes *from)
{
    bytes_resize(to, from->size);
    if (from->size > 0)
        memcpy(to->data, from->data, (size_t)from->size);
}

/* ---- files ---- */

static struct disk_file *
find(const char *path, enum whose whose)
{
    struct disk_file *file = files;

    while (file != NULL && (file->whose != whose || strcmp(file->path, path) != 0))
        file = file->next;
    return file;
}

static struct disk_file *
file_new(const char *path)
{
    struct disk_file *file = memory_new(1, sizeof(*file));

    file->path = memory_copy_text(path);
    file->last = &file->changes;
    file->next = files;
    files = file;
    return file;
}

/* A new file takes the place of one that was deleted: the two changes of the folder reach the disk in their order. */
struct disk_file *
disk_open(const char *path, bool create)
{
    struct disk_file *file = find(path, OF_A_SERVICE), *before;

    if (file != NULL || !create)
        return file;
    while ((before = find(path, DELETED)) != NULL)
        before->whose = OF_NOBODY;
    return file_new(path);
}

void
disk_sync_names(struct disk_file *file)
{
    file->names = true;
}

struct disk_file *
disk_open_nobodys(void)
{
    struct disk_file *file = file_new("");

    file->whose = OF_NOBODY;
    return file;
}

bool
disk_has(const char *path)
{
    const struct disk_file *file = find(path, OF_A_SERVICE);

    return file != NULL && file->now.size > 0;
}

bool
disk_is_nobodys(const struct disk_file *file)
{
    return file->whose == OF_NOBODY;
}

void
disk_delete(const char *path)
{
    struct disk_file *file = find(path, OF_A_SERVICE);

    if (file != NULL)
        file->whose = file->named ? DELETED : OF_NOBODY;
}

/* ---- what is in them ---- */

int64_t
disk_size(const struct disk_file *file)
{
    return file->now.size;
}

int64_t
disk_read(const struct disk_file *file, void *data, int64_t size, int64_t at)
{
    int64_t there = file->now.size - at;

    there = there < 0 ? 0 : there > size ? size : there;
    if (there > 0)
        memcpy(data, file->now.data + at, (size_t)there);
    memset((unsigned char *)data + there, 0, (size_t)(size - there));
    return there;
}

static void
add_change(struct disk_file *file, int64_t at, const void *data, int64_t size)
{
    struct change *change = memory_new(1, sizeof(*change));

    change->at = at;
    change->size = size;
    if (data != NULL) {
        change->data = memory_new((size_t)size, 1);
        memcpy(change->data, data, (size_t)size);
    }
    *file->last = change;
    file->last = &change->next;
}

static void
forget_changes(struct disk_file *file)
{
    while (file->changes != NULL) {
        struct change *change = file->changes;

        file->changes = change->next;
        free(change->data);
        free(change);
    }
    file->last = &file->changes;
}

void
disk_write(struct disk_file *file, const void *data, int64_t size, int64_t at)
{
    bytes_put(&file->now, at, data, size);
    add_change(file, at, data, size);
}

void
disk_truncate(struct disk_file *file, int64_t size)
{
    bytes_resize(&file->now, size);
    add_change(file, size, NULL, 0);
}

/* ---- what is durable ---- */

/* Files of one service share their names up to the end of the database's. */
static bool
belongs(const struct disk_file *file, const char *path)
{
    return file->whose != OF_NOBODY && strncmp(file->path, path, strlen(path)) == 0;
}

static void
name_all(const char *path)
{
    char *database = memory_copy_text(path), *end = strstr(database, ".db");

    if (end != NULL)
        end[3] = '\0';
    for (struct disk_file *file = files; file != NULL; file = file->next)
        if (belongs(file, database) && file->whose == OF_A_SERVICE)
            file->named = true;
        else if (belongs(file, database))
            file->whose = OF_NOBODY;     /* that it is deleted is durable, too */
    free(database);
}

static void
apply(struct bytes *to, const struct change *change)
{
    if (change->data == NULL)
        bytes_resize(to, change->at);
    else
        bytes_put(to, change->at, change->data, change->size);
}

void
disk_sync(struct disk_file *file)
{
    for (const struct change *change = file->changes; change != NULL; change = change->next)
        apply(&file->durable, change);
    forget_changes(file);
    if (file->names && file->whose == OF_A_SERVICE)
        name_all(file->path);
    file->names = false;
}

void
disk_sync_in_vain(struct disk_file *file)
{
    forget_changes(file);
}

/* ---- death ---- */

/* A sector of a write: there, not there, or nonsense. */
static void
tear_sector(struct bytes *to, const struct change *change, int64_t from, int64_t size, struct chance *chance)
{
    unsigned char garbage[SECTOR];
    int64_t fate = chance_below(chance, 8);

    if (fate < 4)
        bytes_put(to, change->at + from, change->data + from, size);
    if (fate != 7)
        return;
    for (int64_t i = 0; i < size; i++)
        garbage[i] = (unsigned char)chance_below(chance, 256);
    bytes_put(to, change->at + from, garbage, size);
}

static void
tear(struct bytes *to, const struct change *change, struct chance *chance)
{
    int64_t from = 0, size;

    if (change->data == NULL) {
        if (chance_below(chance, 2) == 0)
            apply(to, change);
        return;
    }
    for (; from < change->size; from += size) {
        size = SECTOR - (change->at + from) % SECTOR;
        if (size > change->size - from)
            size = change->size - from;
        tear_sector(to, change, from, size, chance);
    }
}

/* Whether the name is there afterwards. */
static bool
name_is_left(const struct disk_file *file, enum unsynced unsynced, struct chance *chance)
{
    bool there = file->whose == OF_A_SERVICE;

    if (unsynced == UNSYNCED_KEPT || (file->named && there))
        return there;
    return unsynced == UNSYNCED_LOST ? file->named : chance_below(chance, 2) == 0;
}

/* What the next process finds; what is unsynced in the kernel's memory stays so. */
static void
leave_one(struct disk_file *old, enum unsynced unsynced, struct chance *chance)
{
    bool left = name_is_left(old, unsynced, chance);
    struct disk_file *file;

    old->whose = OF_NOBODY;
    if (!left)
        return;
    file = file_new(old->path);
    file->named = old->named;
    file->names = old->names;
    bytes_copy(&file->durable, &old->durable);
    if (unsynced == UNSYNCED_TORN)
        for (const struct change *change = old->changes; change != NULL; change = change->next)
            tear(&file->durable, change, chance);
    bytes_copy(&file->now, unsynced == UNSYNCED_KEPT ? &old->now : &file->durable);
    if (unsynced == UNSYNCED_KEPT && old->changes != NULL) {
        file->changes = old->changes;
        file->last = old->last;
        old->changes = NULL;
        old->last = &old->changes;
    }
}

/* New files come before the old ones: each of those is met once. */
void
disk_leave(const char *path, enum unsynced unsynced, struct chance *chance)
{
    for (struct disk_file *file = files; file != NULL; file = file->next)
        if (belongs(file, path))
            leave_one(file, unsynced, chance);
}
