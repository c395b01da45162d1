#include "unix_address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A short name for the same place: /proc/self/fd/N leads to the folder that is open as N. */
int
unix_address_init(struct unix_address *unix_address, const char *path)
{
    struct sockaddr_un *address = &unix_address->address;
    const char *name = strrchr(path, '/');
    char folder[PATH_MAX];

    *unix_address = (struct unix_address){ .address = { .sun_family = AF_UNIX }, .folder = -1 };
    if (strlen(path) < sizeof(address->sun_path)) {
        strcpy(address->sun_path, path);
        return 0;
    }
    if (name == NULL || name - path >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
    unix_address->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (unix_address->folder < 0)
        return -1;
    if (snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", unix_address->folder, name)
        < (int)sizeof(address->sun_path))
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

void
unix_address_release(struct unix_address *unix_address)
{
    if (unix_address->folder >= 0)
        close(unix_address->folder);
    unix_address->folder = -1;
}
