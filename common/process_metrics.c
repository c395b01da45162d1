#include "process_metrics.h"

#include "http/exposition.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void
write_memory(struct exposition *out)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages[2];

    if (file == NULL)
        return;
    if (fscanf(file, "%ld %ld", &pages[0], &pages[1]) == 2) {
        exposition_metric(out, "process_resident_memory_bytes", "gauge", "Memory that is in use.");
        exposition_sample(out, NULL, (double)pages[1] * (double)sysconf(_SC_PAGESIZE));
    }
    fclose(file);
}

static void
write_cpu(struct exposition *out)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    exposition_metric(out, "process_cpu_seconds_total", "counter", "Time of the processors used.");
    exposition_sample(out, NULL, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                                     + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static void
write_descriptors(struct exposition *out)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3;                 /* ".", ".." and the folder itself */

    if (folder == NULL)
        return;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    exposition_metric(out, "process_open_fds", "gauge", "File descriptors in use.");
    exposition_sample(out, NULL, count);
}

static void
write_file(const char *path, const char *labels, struct exposition *out)
{
    struct stat status;

    if (stat(path, &status) == 0)
        exposition_sample(out, labels, (double)status.st_size);
}

void
process_metrics_write(const char *database, struct exposition *out)
{
    char wal[PATH_MAX];

    write_memory(out);
    write_cpu(out);
    write_descriptors(out);
    snprintf(wal, sizeof(wal), "%.4000s-wal", database);
    exposition_metric(out, "database_file_bytes", "gauge", "Size of the database, and of its write-ahead log.");
    write_file(database, "file=\"db\"", out);
    write_file(wal, "file=\"wal\"", out);
}
