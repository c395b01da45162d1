#include "properties.h"

#include "../base/error.h"
#include "../base/log.h"
#include "../base/secret_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* ---- what is not for the file ---- */

#define POSITIONS "positions are rows of the database, each record counts once because of it"
#define ACKNOWLEDGED "an event has been said when all replicas have it, once and in order"
#define PATIENCE "an outage is no attempt: events wait as long as it lasts"

static const struct {
    const char *name, *why;
} ours[] = {
    { "bootstrap.servers", "set KAFKA_BROKERS" },
    { "metadata.broker.list", "set KAFKA_BROKERS" },
    { "group.id", "the group is TOPIC_PREFIX and the name of the service" },
    { "group.instance.id", "partitions are assigned by number, not by the group" },
    { "enable.auto.commit", POSITIONS },
    { "auto.commit.enable", POSITIONS },
    { "enable.auto.offset.store", POSITIONS },
    { "auto.offset.reset", "a log that does not reach our position must be noticed, not skipped" },
    { "enable.partition.eof", "expiry waits for the end of a partition" },
    { "enable.idempotence", ACKNOWLEDGED },
    { "acks", ACKNOWLEDGED },
    { "request.required.acks", ACKNOWLEDGED },
    { "transactional.id", "the outbox does without Kafka's transactions" },
    { "message.timeout.ms", PATIENCE },
    { "delivery.timeout.ms", PATIENCE },
    { "message.send.max.retries", PATIENCE },
    { "retries", PATIENCE },
    { "socket.timeout.ms", "the loop must not wait longer for a broker that hangs" },
    { "allow.auto.create.topics", "topics are made beforehand, with the right number of partitions" },
    { "log.queue", "lines of the log are written by the loop" },
};

static int
check_ours(const char *name, const char *path, int number, char **error)
{
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcasecmp(ours[i].name, name) == 0)
            return error_set(error, "%s:%d: %s cannot be set here: %s", path, number, name, ours[i].why);
    return 0;
}

/* ---- lines ---- */

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, const char *path, int number, char **error)
{
    char text[512];

    switch (rd_kafka_conf_set(conf, name, value, text, sizeof(text))) {
    case RD_KAFKA_CONF_OK:
        return 0;
    case RD_KAFKA_CONF_UNKNOWN:     /* without a dot it is none of its names: "secret==" is a password on a line of its own */
        return error_set(error, "%s:%d: librdkafka knows no such property%s%s", path, number,
                         strchr(name, '.') == NULL ? "" : ": ", strchr(name, '.') == NULL ? "" : name);
    default:
        return error_set(error, "%s:%d: librdkafka does not accept this value for %s", path, number, name);
    }
}

/* Blank lines and comments are none. What is no name is not repeated either: a password may stand there by mistake. */
static int
set_line(rd_kafka_conf_t *conf, char *line, const char *path, int number, char **error)
{
    char *name = line + strspn(line, " \t"), *end, *value;

    line[strcspn(line, "\r\n")] = '\0';
    if (*name == '\0' || *name == '#')
        return 0;
    end = name + strspn(name, name_characters);
    value = end + strspn(end, " \t");
    if (end == name || *value != '=')
        return error_set(error, "%s:%d: name=value is wanted", path, number);
    *end = '\0';
    value += 1 + strspn(value + 1, " \t");
    if (check_ours(name, path, number, error) != 0)
        return -1;
    return set(conf, name, value, path, number, error);
}

static int
set_file(rd_kafka_conf_t *conf, const char *path, bool *exposed, char **error)
{
    int fd = secret_file_open(path, exposed, error), number = 0, result = 0;
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    char *line = NULL;
    size_t room = 0;

    if (file == NULL)
        return -1;
    while (result == 0 && getline(&line, &room, file) >= 0)
        result = set_line(conf, line, path, ++number, error);
    free(line);
    fclose(file);
    return result;
}

int
properties_set(rd_kafka_conf_t *conf, const char *path, char **error)
{
    bool exposed;

    return *path == '\0' ? 0 : set_file(conf, path, &exposed, error);
}

/* ---- at the start ---- */

/* Certificates are read, and properties compared with each other, only when a client is made. This one has no broker to
 * talk to. */
static int
try_client(const rd_kafka_conf_t *properties, const char *path, char **error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(properties);
    char text[512] = "";
    rd_kafka_t *handle;

    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_conf_set(conf, "enable.idempotence", "true", text, sizeof(text));
    handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (handle == NULL)
        rd_kafka_conf_destroy(conf);
    if (handle == NULL)
        return error_set(error, "librdkafka makes no client of %s: %s", path, text);
    rd_kafka_destroy(handle);
    return 0;
}

/* librdkafka repeats its nonce before 2.6.1, and Kafka refuses that since 4.0 (librdkafka 4895): the broker then says
 * that the password is wrong. Older brokers take it. */
static void
warn_of_old_scram(const rd_kafka_conf_t *conf, const struct log *log)
{
    char mechanism[32];
    size_t size = sizeof(mechanism);

    if (rd_kafka_version() < 0x020601ff && rd_kafka_conf_get(conf, "sasl.mechanism", mechanism, &size) == RD_KAFKA_CONF_OK
        && strncasecmp(mechanism, "SCRAM", 5) == 0)
        log_warn(log, "this librdkafka cannot log in to Kafka 4 by SCRAM, which 2.6.1 can: use PLAIN over TLS, or a newer one",
                 TEXT("librdkafka", rd_kafka_version_str()));
}

int
properties_check(const char *path, const struct log *log, char **error)
{
    rd_kafka_conf_t *conf;
    bool exposed = false;
    int result;

    if (*path == '\0')
        return 0;
    conf = rd_kafka_conf_new();
    result = set_file(conf, path, &exposed, error);
    if (result == 0)
        result = try_client(conf, path, error);
    if (result == 0 && exposed)
        log_warn(log, "others may read KAFKA_PROPERTIES: chmod 600 it if there is a password in it", TEXT("file", path));
    if (result == 0)
        warn_of_old_scram(conf, log);
    rd_kafka_conf_destroy(conf);
    return result;
}
