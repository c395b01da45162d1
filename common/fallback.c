#include "fallback.h"

#include "base/faults.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/db.h"
#include "store/group_commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each record: topic, partition, its size, the size again as a seal, of 4 bytes each, its time of 8; then the packed record. */
enum { HEAD = 24 };

static int
write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

/* A file is there for good when its folder is synced, too. */
static int
sync_folder(const char *path)
{
    char *folder = memory_copy_text(path), *slash = strrchr(folder, '/');
    int fd, result;

    if (slash != NULL)
        *slash = '\0';
    fd = open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    result = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    free(folder);
    return result;
}

int
fallback_add(const char *path, const struct record *record, struct arena *arena, struct faults *faults)
{
    size_t size;
    const char *packed = record_pack(record, arena, &size);
    char *bytes = arena_alloc(arena, HEAD + size);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600), result;
    off_t end;

    if (fd < 0)
        return -1;
    record_put_number(bytes, 4, record->topic);
    record_put_number(bytes + 4, 4, record->partition);
    record_put_number(bytes + 8, 4, (int64_t)size);
    record_put_number(bytes + 12, 4, (int64_t)size);
    record_put_number(bytes + 16, 8, record->timestamp);
    memcpy(bytes + HEAD, packed, size);
    end = lseek(fd, 0, SEEK_END);
    result = write_all(fd, bytes, HEAD + size) == 0 && !crash_point(faults, POINT_FALLBACK_WRITTEN) && fsync(fd) == 0
             && (end != 0 || sync_folder(path) == 0) ? 0 : -1;
    if (result == 0)
        crash_point(faults, POINT_FALLBACK_SYNCED);
    if (result != 0 && end >= 0 && ftruncate(fd, end) != 0)
        errno = EIO;        /* half a record stays: the import stops there and says so */
    close(fd);
    return result;
}

/* The record that starts here; answers its bytes, 0 if they are none of ours. */
static size_t
read_one(const char *bytes, size_t size, struct arena *arena, struct record *record)
{
    int64_t packed;

    if (size < HEAD)
        return 0;
    packed = record_get_number(bytes + 8, 4);
    *record = (struct record){
        .topic = (enum topic)record_get_number(bytes, 4),
        .partition = (int)record_get_number(bytes + 4, 4),
        .timestamp = record_get_number(bytes + 16, 8),
    };
    if (record->topic < TOPICS || record->topic >= ALL_TOPICS || packed != record_get_number(bytes + 12, 4)
        || packed < 0 || packed > (int64_t)(size - HEAD) || record_unpack(bytes + HEAD, (size_t)packed, arena, record) != 0)
        return 0;
    return HEAD + (size_t)packed;
}

/* The file's bytes, the caller's; NULL if there is no file. */
static char *
read_file(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    char *bytes;
    ssize_t got;

    *size = 0;
    if (fd < 0)
        return NULL;
    fstat(fd, &status);
    bytes = memory_new((size_t)status.st_size + 1, 1);
    while ((got = read(fd, bytes + *size, (size_t)status.st_size - *size)) > 0)
        *size += (size_t)got;
    close(fd);
    return bytes;
}

/* Half a record at the end was not passed when it was written: it comes from its topic again. */
static void
cut_off(const struct set_aside *how, const char *path, size_t place)
{
    log_error(how->core->log, "the file of dead letters ends with half a record: it is cut off", TEXT("file", path),
              INT("place", (int64_t)place));
    if (truncate(path, (off_t)place) != 0)
        log_error(how->core->log, "it cannot be cut off", TEXT("error", strerror(errno)));
}

int
fallback_import(const char *path, const struct set_aside *how)
{
    size_t size, place = 0, used;
    char *bytes = read_file(path, &size);
    struct arena arena;
    struct record record;
    bool all = true;
    int count = 0;

    if (bytes == NULL)
        return 0;
    arena_init(&arena);
    for (; place < size && (used = read_one(bytes + place, size - place, &arena, &record)) > 0; place += used) {
        all = set_aside_keep(how, &record).how <= SKIPPED && all;
        count++;
        arena_reset(&arena);
    }
    arena_release(&arena);
    free(bytes);
    if (place < size)
        cut_off(how, path, place);
    db_point(how->core->db, POINT_IMPORT_WRITTEN);
    if (!group_commit(how->core->group) || !all)
        return -1;
    if (crash_point(db_context(how->core->db)->faults, POINT_IMPORT_DONE) || unlink(path) != 0)
        log_error(how->core->log, "the file of dead letters cannot be removed: the next start reads it again, each once",
                  TEXT("file", path), TEXT("error", strerror(errno)));
    return count;
}
