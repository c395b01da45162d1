/* SQLite's memory: the C library's, but each piece may be refused. */
#include "trouble.h"
#include "vfs.h"

#include <sqlite3.h>
#include <stddef.h>

static sqlite3_mem_methods real;

static void *
heap_malloc(int size)
{
    return trouble_with(CALL_MALLOC, NULL) == SQLITE_OK ? real.xMalloc(size) : NULL;
}

static void *
heap_realloc(void *memory, int size)
{
    return trouble_with(CALL_MALLOC, NULL) == SQLITE_OK ? real.xRealloc(memory, size) : NULL;
}

void
vfs_count_memory(void)
{
    sqlite3_mem_methods counting;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
    counting = real;
    counting.xMalloc = heap_malloc;
    counting.xRealloc = heap_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &counting);
}
