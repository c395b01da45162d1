#include "vfs.h"

#include "../sim/sim.h"
#include "trouble.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { REGIONS = 64, SECTOR_SIZE = 4096, PATH_SIZE = 512 };

/* An open file, SQLite's sqlite3_file. Each database has one connection: nobody else has locks, or the index of its
 * write-ahead log. */
struct handle {
    sqlite3_file base;
    struct disk_file *file;
    struct member *member;       /* whose it is; NULL: a temporary file */
    int lock;
    void *regions[REGIONS];
};

static struct handle *
handle_of(sqlite3_file *base)
{
    return (struct handle *)(void *)base;
}

static int
trouble_at(enum call call, const struct handle *handle)
{
    return disk_is_nobodys(handle->file) ? SQLITE_OK : trouble_with(call, handle->member);
}

static void
after_change(const struct handle *handle)
{
    if (!disk_is_nobodys(handle->file))
        trouble_after_change(handle->member);
}

/* ---- a file ---- */

static int
file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 at)
{
    struct handle *handle = handle_of(base);
    int code = trouble_at(CALL_READ, handle);

    if (code != SQLITE_OK)
        return code;
    return disk_read(handle->file, data, size, at) == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/* One that fails has done the first half. */
static int
file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 at)
{
    struct handle *handle = handle_of(base);
    int code = trouble_at(CALL_WRITE, handle);

    disk_write(handle->file, data, code == SQLITE_OK ? size : size / 2, at);
    after_change(handle);
    return code;
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct handle *handle = handle_of(base);
    int code = trouble_at(CALL_TRUNCATE, handle);

    if (code == SQLITE_OK)
        disk_truncate(handle->file, size);
    after_change(handle);
    return code;
}

/* Who dies here dies before it is done. */
static int
file_sync(sqlite3_file *base, int flags)
{
    struct handle *handle = handle_of(base);
    int code = trouble_at(CALL_SYNC, handle);

    (void)flags;
    after_change(handle);
    if (code == SQLITE_OK)
        disk_sync(handle->file);
    else
        disk_sync_in_vain(handle->file);
    return code;
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    struct handle *handle = handle_of(base);

    *size = disk_size(handle->file);
    return trouble_at(CALL_SIZE, handle);
}

static int
file_lock(sqlite3_file *base, int level)
{
    struct handle *handle = handle_of(base);
    int code = level > SQLITE_LOCK_SHARED ? trouble_at(CALL_LOCK, handle) : SQLITE_OK;

    if (code == SQLITE_OK && handle->lock < level)
        handle->lock = level;
    return code;
}

static int
file_unlock(sqlite3_file *base, int level)
{
    handle_of(base)->lock = level;
    return SQLITE_OK;
}

static int
file_is_reserved(sqlite3_file *base, int *reserved)
{
    *reserved = handle_of(base)->lock >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int
file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int
file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_SIZE;
}

/* As SQLite's own VFS for Unix: a torn write harms nothing beside it. */
static int
file_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- the index of the write-ahead log, in memory that is shared with nobody ---- */

static int
index_map(sqlite3_file *base, int number, int size, int extend, void volatile **region)
{
    struct handle *handle = handle_of(base);
    int code = trouble_at(CALL_MAP, handle);

    *region = NULL;
    if (code != SQLITE_OK)
        return code;
    if (number >= REGIONS)
        return SQLITE_IOERR_SHMSIZE;
    if (handle->regions[number] == NULL && extend)
        handle->regions[number] = memory_new(1, (size_t)size);
    *region = handle->regions[number];
    return SQLITE_OK;
}

/* The first three are those of the writer, a checkpoint and a recovery; the others readers'. */
static int
index_lock(sqlite3_file *base, int first, int count, int flags)
{
    (void)count;
    if (first > 2 || !(flags & SQLITE_SHM_LOCK))
        return SQLITE_OK;
    return trouble_at(CALL_LOCK, handle_of(base));
}

static void
index_barrier(sqlite3_file *base)
{
    (void)base;
}

static int
index_unmap(sqlite3_file *base, int delete)
{
    struct handle *handle = handle_of(base);

    (void)delete;
    for (int i = 0; i < REGIONS; i++) {
        free(handle->regions[i]);
        handle->regions[i] = NULL;
    }
    return SQLITE_OK;
}

static int
file_close(sqlite3_file *base)
{
    return index_unmap(base, 0);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = index_map,
    .xShmLock = index_lock,
    .xShmBarrier = index_barrier,
    .xShmUnmap = index_unmap,
};

/* ---- the file system ---- */

static struct member *
owner(const char *path)
{
    for (int i = 0; path != NULL && i < MEMBERS; i++)
        if (strstr(path, sim.members[i].name) != NULL)
            return &sim.members[i];
    return NULL;
}

static int
fs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
    struct handle *handle = handle_of(base);
    bool is_log = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL), was_there = path != NULL && disk_has(path);
    int code;

    (void)vfs;
    *handle = (struct handle){ .member = owner(path) };
    code = handle->member == NULL || handle->member->dead ? SQLITE_OK : trouble_with(CALL_OPEN, handle->member);
    if (code != SQLITE_OK)
        return code;
    if (handle->member == NULL || handle->member->dead)
        handle->file = disk_open_nobodys();
    else
        handle->file = disk_open(path, flags & SQLITE_OPEN_CREATE);
    if (handle->file == NULL)
        return SQLITE_CANTOPEN;
    if (is_log && !was_there)
        disk_sync_names(handle->file);
    handle->base.pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int
fs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    struct member *member = owner(path);
    int code;

    (void)vfs, (void)sync_folder;
    if (member == NULL || member->dead)
        return SQLITE_OK;
    code = trouble_with(CALL_DELETE, member);
    if (code != SQLITE_OK)
        return code;
    disk_delete(path);
    trouble_after_change(member);
    return SQLITE_OK;
}

static int
fs_access(sqlite3_vfs *vfs, const char *path, int flags, int *found)
{
    const struct member *member = owner(path);

    (void)vfs, (void)flags;
    *found = member != NULL && !member->dead && disk_has(path);
    return SQLITE_OK;
}

static int
fs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *full)
{
    (void)vfs;
    snprintf(full, (size_t)size, "%s", path);
    return SQLITE_OK;
}

/* The same in each run. */
static int
fs_randomness(sqlite3_vfs *vfs, int size, char *bytes)
{
    (void)vfs;
    for (int i = 0; i < size; i++)
        bytes[i] = (char)(i * 89 + 7);
    return size;
}

static int
fs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

/* Milliseconds since the Julian day 0. */
static int
fs_time(sqlite3_vfs *vfs, sqlite3_int64 *ms)
{
    (void)vfs;
    *ms = INT64_C(210866760000000) + clock_now_ms(&sim.clock);
    return SQLITE_OK;
}

static int
fs_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs, (void)size, (void)text;
    return 0;
}

void
vfs_use(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct handle),
        .mxPathname = PATH_SIZE,
        .zName = "storage",
        .xOpen = fs_open,
        .xDelete = fs_delete,
        .xAccess = fs_access,
        .xFullPathname = fs_full_path,
        .xRandomness = fs_randomness,
        .xSleep = fs_sleep,
        .xCurrentTimeInt64 = fs_time,
        .xGetLastError = fs_last_error,
    };

    sqlite3_vfs_register(&vfs, 1);
}
