#include "backup.h"

#include "../base/error.h"
#include "../base/faults.h"
#include "db_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGES_A_STEP = 64 };

struct backup {
    char path[PATH_MAX], partial[PATH_MAX];
    sqlite3 *target;
    sqlite3_backup *copying;        /* NULL before it began and when it is over */
    struct faults *faults;
    int percent;
};

/* ---- beginning ---- */

static int
create_partial(const struct backup *backup, char **error)
{
    int fd;

    if (access(backup->path, F_OK) == 0)
        return error_set(error, "%s is there already: choose another name", backup->path);
    fd = open(backup->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return error_set(error, "%s is there: another backup is writing it, or one was interrupted; remove it then",
                         backup->partial);
    if (fd < 0)
        return error_set(error, "cannot create %s: %s", backup->partial, strerror(errno));
    close(fd);
    return 0;
}

/* No journal and no syncs: until it is renamed nobody takes it for a backup, and it is synced before. */
static int
open_target(struct backup *backup, struct db *db, char **error)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;

    if (sqlite3_open_v2(backup->partial, &backup->target, flags, NULL) == SQLITE_OK
        && sqlite3_exec(backup->target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL)
               == SQLITE_OK)
        backup->copying = sqlite3_backup_init(backup->target, "main", db->sqlite, "main");
    if (backup->copying != NULL)
        return 0;
    return error_set(error, "cannot write %s: %s", backup->partial, sqlite3_errmsg(backup->target));
}

struct backup *
backup_new(struct db *db, const char *path, char **error)
{
    struct backup *backup = memory_new(1, sizeof(*backup));

    if (strlen(path) + sizeof(".partial") > sizeof(backup->path)) {
        error_set(error, "the name %.100s… is too long", path);
        free(backup);
        return NULL;
    }
    backup->faults = db->context.faults;
    strcpy(backup->path, path);
    sprintf(backup->partial, "%.4000s.partial", path);
    if (create_partial(backup, error) != 0) {
        free(backup);
        return NULL;
    }
    if (open_target(backup, db, error) != 0) {
        backup_free(backup);
        return NULL;
    }
    return backup;
}

/* ---- the end ---- */

static int
sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC), result;

    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

/* The name appears when all of the file is on the disk. */
static int
publish(struct backup *backup, char **error)
{
    char folder[PATH_MAX];

    strcpy(folder, backup->path);
    if (!crash_point(backup->faults, POINT_BACKUP_COPIED) && sync_path(backup->partial, O_RDONLY) == 0
        && !crash_point(backup->faults, POINT_BACKUP_SYNCED)
        && renameat2(AT_FDCWD, backup->partial, AT_FDCWD, backup->path, RENAME_NOREPLACE) == 0) {
        backup->partial[0] = '\0';
        if (!crash_point(backup->faults, POINT_BACKUP_NAMED) && sync_path(dirname(folder), O_RDONLY | O_DIRECTORY) == 0)
            return 0;
    }
    return error_set(error, "cannot finish the backup %s: %s", backup->path, strerror(errno));
}

/* Ends the copying and closes the file; SQLite's word for how it went. */
static int
close_target(struct backup *backup)
{
    int code = sqlite3_backup_finish(backup->copying);

    backup->copying = NULL;
    if (code == SQLITE_OK)
        code = sqlite3_close(backup->target);
    else
        sqlite3_close(backup->target);
    backup->target = NULL;
    return code;
}

/* ---- between ---- */

enum backup_state
backup_step(struct backup *backup, char **error)
{
    int code = sqlite3_backup_step(backup->copying, PAGES_A_STEP);
    int pages = sqlite3_backup_pagecount(backup->copying);

    if (pages > 0)
        backup->percent = (int)(100 * ((int64_t)pages - sqlite3_backup_remaining(backup->copying)) / pages);
    if (code == SQLITE_OK || code == SQLITE_LOCKED || code == SQLITE_BUSY)
        return BACKUP_GOES_ON;
    if (code == SQLITE_DONE)
        code = close_target(backup);
    if (code == SQLITE_OK)
        return publish(backup, error) == 0 ? BACKUP_DONE : BACKUP_FAILED;
    error_set(error, "cannot write the backup %s: %s", backup->path, sqlite3_errstr(code));
    return BACKUP_FAILED;
}

int
backup_percent(const struct backup *backup)
{
    return backup->percent;
}

void
backup_free(struct backup *backup)
{
    if (backup == NULL)
        return;
    if (backup->copying != NULL)
        sqlite3_backup_finish(backup->copying);
    sqlite3_close(backup->target);
    if (backup->partial[0] != '\0')
        unlink(backup->partial);
    free(backup);
}
