#include "floor.h"

#include "../../common/base/clock.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SYNCS = 300 };

int64_t
floor_now_us(void)
{
    struct clock clock = clock_real();

    return clock_monotonic_us(&clock);
}

int64_t
floor_usage_us(const struct rusage *usage)
{
    return usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec + usage->ru_stime.tv_sec * 1000000
           + usage->ru_stime.tv_usec;
}

static int
compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

void
floor_print_median(const char *name, int64_t *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), compare);
    printf("%s_us=%lld\n", name, (long long)values[count / 2]);
}

void
floor_sync(const char *folder)
{
    char path[4096], page[4096] = { 1 };
    int64_t took[SYNCS];
    int fd;

    snprintf(path, sizeof(path), "%.4000s/sync", folder);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        err(1, "%s", path);
    for (int i = 0; i < SYNCS; i++) {
        int64_t start = floor_now_us();

        if (pwrite(fd, page, sizeof(page), (off_t)i * (off_t)sizeof(page)) != sizeof(page) || fdatasync(fd) != 0)
            err(1, "%s", path);
        took[i] = floor_now_us() - start;
    }
    close(fd);
    unlink(path);
    floor_print_median("t_fsync", took, SYNCS);
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: floor FOLDER BROKERS TOPIC");
    setvbuf(stdout, NULL, _IOLBF, 0);
    floor_sync(argv[1]);
    floor_hop(argv[2], argv[3]);
    floor_http();
    floor_statements(argv[1]);
    return 0;
}
