/* A file with a secret in it, such as a token or a password. */
#ifndef SECRET_FILE_H
#define SECRET_FILE_H

#include <stdbool.h>

/* Opens it for reading. -1 with *error (the caller's) if it cannot be opened or is no plain file. *exposed: others may read
 * it, or others than its owner write it; never on a read-only mount, as container engines make for their secrets: there
 * the mount is the guard, the mode is often 0444 and not ours to choose, and nobody else is in the container. */
int secret_file_open(const char *path, bool *exposed, char **error);

#endif
