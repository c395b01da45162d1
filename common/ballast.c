#include "ballast.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void
ballast_init(struct ballast *ballast, const char *folder, const char *name, int64_t size)
{
    struct stat status;

    snprintf(ballast->path, sizeof(ballast->path), "%.3900s/%.64s.ballast", folder, name);
    ballast->size = size;
    ballast->held = size > 0 && stat(ballast->path, &status) == 0 && status.st_size == size
                    && (int64_t)status.st_blocks * 512 >= size;
    if (!ballast->held)
        unlink(ballast->path);
}

int
ballast_take(struct ballast *ballast)
{
    int fd = open(ballast->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -1;
    ballast->held = posix_fallocate(fd, 0, ballast->size) == 0;
    close(fd);
    if (!ballast->held)
        unlink(ballast->path);
    return ballast->held ? 0 : -1;
}

void
ballast_give_up(struct ballast *ballast)
{
    unlink(ballast->path);
    ballast->held = false;
}
