/* SQLite's file system and memory, so that they can fail: a VFS on disk.h, and an allocator. */
#ifndef VFS_H
#define VFS_H

/* Before SQLite is used: from now on each database that is opened is on disk.h. */
void vfs_use(void);
/* Before SQLite is used: each piece of memory that it asks for may be refused. */
void vfs_count_memory(void);

#endif
