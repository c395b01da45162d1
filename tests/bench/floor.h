/* The floors of `make bench`: what one sync, one hop through the broker, one bare HTTP request and the bare statements of
 * one order cost on this machine, now. Each prints name=value lines, or ends the program with a message. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdint.h>
#include <sys/resource.h>

/* Writes 4 KB and syncs it, in a file of this folder: t_fsync_us, the median. */
void floor_sync(const char *folder);
/* A record to partition 0 of the topic and back to a consumer: t_hop_us, the median. */
void floor_hop(const char *brokers, const char *topic);
/* A server that answers every request with a constant: bare_http_cpu_us for each, bare_http_rate in a second. */
void floor_http(void);
/* Orders through the three services' own handlers, without HTTP and Kafka, in groups of 100: bare_statements_cpu_us for each
 * order. Leaves its three databases in the folder. */
void floor_statements(const char *folder);

/* Monotonic. */
int64_t floor_now_us(void);
/* Processor time, user and system. */
int64_t floor_usage_us(const struct rusage *usage);

/* Prints NAME_us=, the median; the values are sorted by it. */
void floor_print_median(const char *name, int64_t *values, int count);

#endif
