/* KAFKA_PROPERTIES: a file of librdkafka properties, name=value lines, for SASL, TLS and tuning. What the promises of
 * DESIGN.md rest on cannot be set there. No message of ours ever shows a value: it may be a password;
 * librdkafka's own name a mechanism or a file at most. */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include <librdkafka/rdkafka.h>

struct log;

/* Sets each line of the file at path, "" is none. -1 with *error (the caller's): it cannot be read, or has a line that
 * librdkafka does not accept or that would break a promise. */
int properties_set(rd_kafka_conf_t *conf, const char *path, char **error);

/* For the start: the same, and that librdkafka makes a client of it (certificates can be read, a user has a password).
 * Warns when others may read the file. */
int properties_check(const char *path, const struct log *log, char **error);

#endif
