/* The folder of a service's database: private, and used by one process at a time. */
#ifndef DATA_DIR_H
#define DATA_DIR_H

/* Creates the folder (0700) if need be, refuses one that others may write to, and takes the lock FOLDER/NAME.lock.
 * Answers a descriptor that holds the lock until it is closed; -1 with *error (the caller's). */
int data_dir_lock(const char *folder, const char *name, char **error);

#endif
