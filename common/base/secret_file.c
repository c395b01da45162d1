#include "secret_file.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool
is_exposed(int fd, mode_t mode)
{
    struct statvfs mount;

    if ((mode & (S_IROTH | S_IWGRP | S_IWOTH)) == 0)
        return false;
    return fstatvfs(fd, &mount) != 0 || (mount.f_flag & ST_RDONLY) == 0;
}

/* Non-blocking, so that a pipe that nobody writes to is refused and not waited for. */
int
secret_file_open(const char *path, bool *exposed, char **error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(error, "cannot read %s: %s", path, strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        error_set(error, "cannot read %s: it is no plain file", path);
    } else {
        *exposed = is_exposed(fd, status.st_mode);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}
