/* A disk of its own for each service, in memory. It knows what has been synced, and so what a loss of power may take: of
 * whatever was written since, any sectors in any order. */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stdint.h>

struct chance;

/* What is open stays usable when its service dies, but is then a file of nobody: like one that was unlinked. */
struct disk_file;

/* NULL if it is not there and not to be created. */
struct disk_file *disk_open(const char *path, bool create);
/* A new one without a name. */
struct disk_file *disk_open_nobodys(void);
/* Its next sync makes its name durable, and those of its service's other files: so SQLite syncs the folder of a new journal
 * or write-ahead log. */
void disk_sync_names(struct disk_file *file);
/* It is there, and not empty. */
bool disk_has(const char *path);
/* Its service has died since it was opened. */
bool disk_is_nobodys(const struct disk_file *file);

int64_t disk_size(const struct disk_file *file);
/* Answers how many bytes there were; the rest is zeroed. */
int64_t disk_read(const struct disk_file *file, void *data, int64_t size, int64_t at);
void disk_write(struct disk_file *file, const void *data, int64_t size, int64_t at);
void disk_truncate(struct disk_file *file, int64_t size);
void disk_delete(const char *path);
void disk_sync(struct disk_file *file);
/* The sync has failed: what was not durable never will be, though it can still be read. Linux counts such pages as written,
 * and the next sync has nothing to do. */
void disk_sync_in_vain(struct disk_file *file);

/* What was not synced: kept by the kernel, lost, or each sector, name and length kept, lost or turned into garbage by
 * chance. */
enum unsynced { UNSYNCED_KEPT, UNSYNCED_LOST, UNSYNCED_TORN };

/* The process dies, and with UNSYNCED_KEPT nothing else does; else its machine. path: what its files' names begin with. */
void disk_leave(const char *path, enum unsynced unsynced, struct chance *chance);

#endif
