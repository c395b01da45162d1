#include "data_dir.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* mkdir -p, the last one private. */
static int
create(const char *folder, char **error)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s", folder) >= (int)sizeof(path))
        return error_set(error, "DATA_DIR %.100s… is too long", folder);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return error_set(error, "cannot create %s: %s", path, strerror(errno));
        *slash = '/';
    }
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(error, "cannot create DATA_DIR %s: %s", path, strerror(errno));
    return 0;
}

static int
check(const char *folder, char **error)
{
    struct stat status;

    if (stat(folder, &status) != 0)
        return error_set(error, "cannot use DATA_DIR %s: %s", folder, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return error_set(error, "DATA_DIR %s is not a folder", folder);
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        return error_set(error, "others may write to DATA_DIR %s: run chmod 700 %s", folder, folder);
    return 0;
}

/* A fresh volume or a mounted folder often belongs to somebody else: say to whom it has to be given. */
static int
refuse(const char *folder, const char *path, int why, char **error)
{
    if (why == EACCES || why == EROFS)
        return error_set(error, "cannot write in DATA_DIR %s: %s; this runs as user %u: mount it writable and give it to that user "
                         "(chown -R %u:%u), or set another DATA_DIR", folder, strerror(why), (unsigned)geteuid(),
                         (unsigned)geteuid(), (unsigned)getegid());
    return error_set(error, "cannot open %s: %s", path, strerror(why));
}

int
data_dir_lock(const char *folder, const char *name, char **error)
{
    char path[PATH_MAX];
    int fd;

    if (create(folder, error) != 0 || check(folder, error) != 0)
        return -1;
    snprintf(path, sizeof(path), "%.3900s/%.64s.lock", folder, name);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refuse(folder, path, errno, error);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        error_set(error, "another process uses %s: stop it, or set another DATA_DIR", folder);
        close(fd);
        return -1;
    }
    return fd;
}
