/* What the kernel knows of this process, and the size of its database files, under the names Prometheus' own clients use. */
#ifndef PROCESS_METRICS_H
#define PROCESS_METRICS_H

struct exposition;

/* database: path of the database file; its write-ahead log lies beside it. What cannot be read is left out. */
void process_metrics_write(const char *database, struct exposition *out);

#endif
