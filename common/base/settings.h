/* Settings: one table gives name, default, unit, check and help; values come from flags or the environment. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What every service has. A service's own struct starts with this one. */
struct settings {
    const char *data_dir;
    const char *http_address;
    int64_t http_port;
    int64_t http_max_connections;
    int64_t http_request_timeout_ms;
    int64_t http_idle_timeout_ms;
    const char *http_token_file;       /* "": none is needed */
    const char *kafka_brokers;
    const char *kafka_properties;
    const char *topic_prefix;
    const char *topics[3];             /* by enum topic */
    int64_t partitions, shard, shards;
    const char *first_start;
    int64_t retry_max_attempts;
    int64_t retry_backoff_interval_ms;
    int64_t retry_backoff_max_ms;
    const char *dlt_partition;
    int64_t outbox_retention_s, processed_event_retention_s, idempotency_retention_s, topic_retention_s;
    int64_t outbox_max_pending, min_free_disk_mb, ballast_mb;
    int64_t replay_rate;
    const char *log_level;
    bool allow_faults;
    const char *faults;                /* as faults_read takes them */
    bool relay_send_twice;
};

enum setting_kind { SETTING_TEXT, SETTING_INT, SETTING_FLAG };

struct setting {
    const char *name;                  /* the environment's HTTP_PORT, the command line's --http-port */
    const char *fallback;              /* the default, as text */
    const char *unit;                  /* "ms", "rows/s"; "" if it has none */
    const char *help;
    enum setting_kind kind;
    size_t offset;                     /* of the value in the service's struct */
    int64_t min, max;                  /* of a number; of a text's length */
    const char *const *choices;        /* of a text: the values allowed, ending with NULL; NULL: any */
};

extern const struct setting common_settings[];

/* What a command line asks for. */
enum invocation { COMMAND_RUN, COMMAND_HELP, COMMAND_VERSION, COMMAND_REACTIONS, COMMAND_SCHEMA, COMMAND_CRASH_POINTS, COMMAND_CTL,
                  COMMAND_WRONG };

struct command_line {
    enum invocation command;
    int rest;                          /* index in argv of what follows `ctl` */
};

/* Fills the struct at values (which starts with struct settings) from defaults, the environment and flags, in this order
 * of precedence. All mistakes are printed to errors, a line each; COMMAND_WRONG then. default_port and data_dir default
 * are per service, so they are given here. Strings point into argv, the environment or the table. */
struct command_line settings_read(const struct setting *own, void *values, int default_port, const char *data_dir,
                                  int argc, char **argv, FILE *errors);

/* A mistake as settings_read prints them: one line, whatever stands in the value. For the rules of a service of its own. */
void settings_complain(FILE *errors, const char *name, const char *problem, const char *value);

/* The --help text: usage, commands, and both tables. */
void settings_help(const char *program, const struct setting *own, int default_port, const char *data_dir, FILE *out);

#endif
