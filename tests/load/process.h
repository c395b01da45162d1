/* A process that is watched while the load runs: what it uses, and how far it is behind. */
#ifndef LOAD_PROCESS_H
#define LOAD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gauge {
    CPU,                /* what a process has used since it began, in s; of a second: percent of one processor */
    RSS,                /* MB (2^20 bytes) */
    OUTBOX_PENDING,     /* rows that the broker has not acknowledged */
    OUTBOX_AGE,         /* of the oldest such row, in s */
    LAG,                /* records not yet passed, of all partitions */
    WAL,                /* size of the write-ahead log's file, MB */
    OPEN_FDS,           /* descriptors in use */
    GAUGES
};

/* "cpu_percent", "rss_mb" …, as files and page show them. */
extern const char *const process_gauge_names[GAUGES];

struct reading {
    double value[GAUGES];       /* NAN: not known */
};

extern const struct reading reading_none;

/* From the text of a service's /metrics. */
struct reading reading_of_metrics(const char *text, size_t size);
/* From /proc; all NAN if there is no such process. */
struct reading reading_of_pid(int pid);

enum { PROCESS_NAME = 32 };

struct process {
    char name[PROCESS_NAME];    /* "order", or "order.1" of several shards; "driver"; as --process names it */
    int gauges;                 /* it has these first ones: GAUGES of a service, the others have RSS + 1 */
    struct reading now;         /* of the second that has passed */
    double highest[GAUGES];     /* ever; NAN: none */
    double used_s;              /* of processors, since it was first read */
    double counter_s;           /* its own counter when it was last read; NAN: never */
    bool gap;                   /* it was not read the last time */
};

void process_init(struct process *process, const char *name, int gauges);
/* It was read (or not: reading_none) after so many seconds. A counter that went back belongs to a new process. */
void process_take(struct process *process, struct reading reading, double seconds);
/* µs of processors it has used for each of so many orders; NAN if it was never read, or there were none. */
double process_cpu_us(const struct process *process, uint64_t orders);
/* It is the one called so, or a shard of the service called so. */
bool process_is_called(const struct process *process, const char *name);

#endif
