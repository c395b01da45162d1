#include "settings.h"

#include "faults.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COMMON(member_) offsetof(struct settings, member_)

static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const dlt_partitions[] = { "same", "0", NULL };
static const char *const first_starts[] = { "earliest", "latest", NULL };

const struct setting common_settings[] = {
    { "DATA_DIR", NULL, "", "folder of the database; created with mode 0700, nobody else may write in it",
      SETTING_TEXT, COMMON(data_dir), 1, 4000, NULL },
    { "HTTP_ADDRESS", "127.0.0.1", "", "address to listen on", SETTING_TEXT, COMMON(http_address), 2, 45, NULL },
    { "HTTP_PORT", NULL, "", "port to listen on; 0 takes any free one and logs it", SETTING_INT, COMMON(http_port), 0,
      65535, NULL },
    { "HTTP_MAX_CONNECTIONS", "512", "", "at this number new connections wait", SETTING_INT,
      COMMON(http_max_connections), 1, 65536, NULL },
    { "HTTP_REQUEST_TIMEOUT_MS", "10000", "ms", "from the first byte of a request to its last", SETTING_INT,
      COMMON(http_request_timeout_ms), 10, 600000, NULL },
    { "HTTP_IDLE_TIMEOUT_MS", "60000", "ms", "a kept connection without a request is closed", SETTING_INT,
      COMMON(http_idle_timeout_ms), 10, 3600000, NULL },
    { "HTTP_TOKEN_FILE", "", "", "file with the bearer token that requests must show, except for health; empty: none",
      SETTING_TEXT, COMMON(http_token_file), 0, 4000, NULL },
    { "KAFKA_BROKERS", "127.0.0.1:9092", "", "bootstrap servers, host:port with commas between", SETTING_TEXT,
      COMMON(kafka_brokers), 1, 4000, NULL },
    { "KAFKA_PROPERTIES", "", "", "file of librdkafka properties, name=value lines; for SASL and TLS", SETTING_TEXT,
      COMMON(kafka_properties), 0, 4000, NULL },
    { "TOPIC_PREFIX", "", "", "stands before every topic name; several sets can share a broker by it", SETTING_TEXT,
      COMMON(topic_prefix), 0, 100, NULL },
    { "TOPIC_ORDERS", "orders", "", "what order-svc speaks on", SETTING_TEXT, COMMON(topics[0]), 1, 100, NULL },
    { "TOPIC_PAYMENTS", "payments", "", "what payment-svc speaks on", SETTING_TEXT, COMMON(topics[1]), 1, 100, NULL },
    { "TOPIC_NOTIFICATIONS", "notifications", "", "what notify-svc speaks on", SETTING_TEXT, COMMON(topics[2]), 1,
      100, NULL },
    { "PARTITIONS", "12", "", "of every topic; the same for all three services, fixed for ever", SETTING_INT,
      COMMON(partitions), 1, 1000, NULL },
    { "SHARD", "0", "", "which one of SHARDS this process is, from 0; it owns the partitions p with p mod SHARDS = SHARD",
      SETTING_INT, COMMON(shard), 0, 999, NULL },
    { "SHARDS", "1", "", "how many processes share the work of this service; the same for all three, fixed for ever",
      SETTING_INT, COMMON(shards), 1, 1000, NULL },
    { "FIRST_START", "earliest", "", "where a service that has no position yet starts to read", SETTING_TEXT,
      COMMON(first_start), 0, 10, first_starts },
    { "RETRY_MAX_ATTEMPTS", "5", "", "an event whose handling fails this often is given up", SETTING_INT,
      COMMON(retry_max_attempts), 1, 1000000, NULL },
    { "RETRY_BACKOFF_INTERVAL_MS", "200", "ms", "before the second attempt; doubled for each further one", SETTING_INT,
      COMMON(retry_backoff_interval_ms), 1, 3600000, NULL },
    { "RETRY_BACKOFF_MAX_MS", "10000", "ms", "the longest wait between two attempts", SETTING_INT,
      COMMON(retry_backoff_max_ms), 1, 86400000, NULL },
    { "DLT_PARTITION", "same", "", "where dead letters go: the partition they came from, or one set aside", SETTING_TEXT,
      COMMON(dlt_partition), 0, 10, dlt_partitions },
    { "OUTBOX_RETENTION_S", "86400", "s", "how long rows stay in the outbox after the broker has them", SETTING_INT,
      COMMON(outbox_retention_s), 1, 31536000, NULL },
    { "PROCESSED_EVENT_RETENTION_S", "691200", "s", "how long it is known that an event had its effect", SETTING_INT,
      COMMON(processed_event_retention_s), 1, 31536000, NULL },
    { "IDEMPOTENCY_RETENTION_S", "604800", "s", "how long answers are kept for the same Idempotency-Key", SETTING_INT,
      COMMON(idempotency_retention_s), 1, 31536000, NULL },
    { "TOPIC_RETENTION_S", "604800", "s", "how long the topics keep a record: the retention.ms they were made with",
      SETTING_INT, COMMON(topic_retention_s), 1, 31536000, NULL },
    { "OUTBOX_MAX_PENDING", "1000000", "rows", "with so many events waiting for the broker, writes are refused",
      SETTING_INT, COMMON(outbox_max_pending), 1, 1000000000, NULL },
    { "MIN_FREE_DISK_MB", "64", "MB", "with less than this free, writes are refused; 0 looks at no disk", SETTING_INT,
      COMMON(min_free_disk_mb), 0, 1000000, NULL },
    { "BALLAST_MB", "8", "MB", "a file of this size, given up when the disk is full, is room to recover; 0 for none",
      SETTING_INT, COMMON(ballast_mb), 0, 10000, NULL },
    { "REPLAY_RATE", "2000", "rows/s", "how fast kept rows go again to a broker that lost its memory", SETTING_INT,
      COMMON(replay_rate), 1, 1000000, NULL },
    { "LOG_LEVEL", "info", "", "what is logged at least", SETTING_TEXT, COMMON(log_level), 0, 10, log_levels },
    { "ALLOW_FAULTS", "0", "", "1 permits the settings that break things on purpose, for learning", SETTING_FLAG,
      COMMON(allow_faults), 0, 1, NULL },
    { "FAULTS", "", "", "faults from the start, \"events-twice:percent=10,handler-slow:ms=50\"; needs ALLOW_FAULTS",
      SETTING_TEXT, COMMON(faults), 0, 2000, NULL },
    { "RELAY_SEND_TWICE", "0", "", "1 is FAULTS=events-twice; needs ALLOW_FAULTS", SETTING_FLAG,
      COMMON(relay_send_twice), 0, 1, NULL },
    { .name = NULL },
};

/* What one reading needs everywhere. */
struct reading {
    const struct setting *own;
    char *values;
    FILE *errors;
    int mistakes;
};

static void
complain(struct reading *reading, const char *name, const char *problem, const char *value)
{
    reading->mistakes++;
    fprintf(reading->errors, "%s: %s, not \"%.100s\"\n", name, problem, value);
}

static void
print_choices(const struct setting *setting, char *text, size_t size)
{
    int used = snprintf(text, size, "must be one of");

    for (const char *const *choice = setting->choices; *choice != NULL; choice++)
        used += snprintf(text + used, size - (size_t)used, " %s", *choice);
}

static void
set_text(struct reading *reading, const struct setting *setting, const char *value)
{
    char problem[200];

    *(const char **)(void *)(reading->values + setting->offset) = value;
    if (setting->choices != NULL) {
        for (const char *const *choice = setting->choices; *choice != NULL; choice++)
            if (strcmp(value, *choice) == 0)
                return;
        print_choices(setting, problem, sizeof(problem));
        complain(reading, setting->name, problem, value);
    } else if ((int64_t)strlen(value) < setting->min || (int64_t)strlen(value) > setting->max) {
        snprintf(problem, sizeof(problem), "must have %lld to %lld bytes", (long long)setting->min,
                 (long long)setting->max);
        complain(reading, setting->name, problem, value);
    }
}

static void
set(struct reading *reading, const struct setting *setting, const char *value)
{
    char problem[100];
    int64_t number;

    if (setting->kind == SETTING_TEXT) {
        set_text(reading, setting, value);
        return;
    }
    if (text_parse_int(value, setting->min, setting->max, &number) != 0) {
        snprintf(problem, sizeof(problem), "must be a whole number from %lld to %lld %s", (long long)setting->min,
                 (long long)setting->max, setting->unit);
        complain(reading, setting->name, problem, value);
    } else if (setting->kind == SETTING_INT) {
        *(int64_t *)(void *)(reading->values + setting->offset) = number;
    } else {
        *(bool *)(void *)(reading->values + setting->offset) = number != 0;
    }
}

static void
read_environment(struct reading *reading, const struct setting *table)
{
    for (; table->name != NULL; table++) {
        const char *value = getenv(table->name);

        if (value == NULL)
            value = table->fallback;
        if (value != NULL)
            set(reading, table, value);
    }
}

/* --http-port is HTTP_PORT. */
static bool
flag_is(const char *flag, size_t size, const char *name)
{
    if (strlen(name) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if ((flag[i] == '-' ? '_' : toupper((unsigned char)flag[i])) != name[i])
            return false;
    return true;
}

static const struct setting *
find_flag(const struct setting *table, const char *flag, size_t size)
{
    for (; table->name != NULL; table++)
        if (flag_is(flag, size, table->name))
            return table;
    return NULL;
}

/* Answers how many arguments were used: "--name=value", "--name value", or "--name" alone for a flag. */
static int
read_flag(struct reading *reading, const char *argument, const char *next)
{
    const char *name = argument + 2;
    size_t size = strcspn(name, "=");
    const struct setting *setting = find_flag(common_settings, name, size);

    if (setting == NULL)
        setting = find_flag(reading->own, name, size);
    if (setting == NULL) {
        complain(reading, "command line", "a setting that --help lists is wanted", argument);
        return 1;
    }
    if (name[size] == '=') {
        set(reading, setting, name + size + 1);
        return 1;
    }
    if (setting->kind == SETTING_FLAG) {
        set(reading, setting, "1");
        return 1;
    }
    if (next == NULL) {
        complain(reading, setting->name, "a value must follow the flag", argument);
        return 1;
    }
    set(reading, setting, next);
    return 2;
}

static enum invocation
command_of(const char *argument)
{
    static const struct {
        const char *name;
        enum invocation command;
    } commands[] = {
        { "--help", COMMAND_HELP },           { "--version", COMMAND_VERSION }, { "--reactions", COMMAND_REACTIONS },
        { "--schema", COMMAND_SCHEMA },       { "ctl", COMMAND_CTL },
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argument, commands[i].name) == 0)
            return commands[i].command;
    return COMMAND_RUN;
}

/* An event may come again as long as its speaker's outbox or its topic has it. All services are taken to be set alike. */
static void
check_retention(struct reading *reading, const struct settings *settings)
{
    int64_t outbox = settings->outbox_retention_s, topic = settings->topic_retention_s;
    char problem[200], value[24];

    if (settings->processed_event_retention_s >= outbox && settings->processed_event_retention_s >= topic)
        return;
    snprintf(problem, sizeof(problem), "must be at least OUTBOX_RETENTION_S (%lld) and TOPIC_RETENTION_S (%lld), else an "
             "event that comes again has its effect again", (long long)outbox, (long long)topic);
    snprintf(value, sizeof(value), "%lld", (long long)settings->processed_event_retention_s);
    complain(reading, "PROCESSED_EVENT_RETENTION_S", problem, value);
}

/* A number that was mistaken has been told, and is 0 here. */
static void
check_shards(struct reading *reading, const struct settings *settings)
{
    char problem[100], value[24];

    if (settings->shards > 0 && settings->shard >= settings->shards) {
        snprintf(problem, sizeof(problem), "must be below SHARDS (%lld): shards count from 0", (long long)settings->shards);
        snprintf(value, sizeof(value), "%lld", (long long)settings->shard);
        complain(reading, "SHARD", problem, value);
    }
    if (settings->partitions > 0 && settings->shards > settings->partitions) {
        snprintf(problem, sizeof(problem), "must be PARTITIONS (%lld) at most: each shard needs a partition",
                 (long long)settings->partitions);
        snprintf(value, sizeof(value), "%lld", (long long)settings->shards);
        complain(reading, "SHARDS", problem, value);
    }
}

/* Rules that concern two settings. */
static void
check_together(struct reading *reading, const struct settings *settings)
{
    char *error = NULL;

    check_retention(reading, settings);
    check_shards(reading, settings);
    if (settings->relay_send_twice && !settings->allow_faults)
        complain(reading, "RELAY_SEND_TWICE", "needs ALLOW_FAULTS=1, since it breaks things on purpose", "1");
    if (*settings->faults != '\0' && !settings->allow_faults)
        complain(reading, "FAULTS", "needs ALLOW_FAULTS=1, since it breaks things on purpose", settings->faults);
    else if (faults_read(NULL, settings->faults, &error) != 0)
        complain(reading, "FAULTS", error, settings->faults);
    free(error);
}

struct command_line
settings_read(const struct setting *own, void *values, int default_port, const char *data_dir, int argc, char **argv,
              FILE *errors)
{
    struct reading reading = { .own = own, .values = values, .errors = errors };
    struct command_line line = { .command = COMMAND_RUN };
    struct settings *settings = values;

    settings->http_port = default_port;
    settings->data_dir = data_dir;
    read_environment(&reading, common_settings);
    read_environment(&reading, own);
    for (int i = 1; i < argc && line.command == COMMAND_RUN;) {
        line.command = command_of(argv[i]);
        if (line.command != COMMAND_RUN)
            line.rest = i + 1;
        else if (strncmp(argv[i], "--", 2) == 0)
            i += read_flag(&reading, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        else
            complain(&reading, "command line", "a flag or a command that --help lists is wanted", argv[i++]);
    }
    check_together(&reading, settings);
    if (reading.mistakes > 0 && (line.command == COMMAND_RUN || line.command == COMMAND_CTL))
        line.command = COMMAND_WRONG;
    return line;
}

static void
print_table(const struct setting *table, int default_port, const char *data_dir, FILE *out)
{
    for (; table->name != NULL; table++) {
        fprintf(out, "  %-24s %s", table->name, table->help);
        if (strcmp(table->name, "HTTP_PORT") == 0)
            fprintf(out, " [%d]\n", default_port);
        else if (strcmp(table->name, "DATA_DIR") == 0)
            fprintf(out, " [%s]\n", data_dir);
        else
            fprintf(out, " [%s%s%s]\n", table->fallback, *table->unit == '\0' ? "" : " ", table->unit);
    }
}

void
settings_help(const char *program, const struct setting *own, int default_port, const char *data_dir, FILE *out)
{
    fprintf(out,
            "usage: %s [--SETTING VALUE ...] [COMMAND]\n\n"
            "Without a command the service runs until SIGTERM.\n\n"
            "  --help          this text\n"
            "  --version       versions of the program and of its libraries\n"
            "  --reactions     the tables the program runs on: what it hears, what it may say\n"
            "  --schema        the SQL of its database\n"
            "  ctl COMMAND     asks the running service, by the socket in its DATA_DIR; ctl help lists the commands\n\n"
            "A setting is an environment variable, or a flag: HTTP_PORT=8081 or --http-port 8081.\n\n",
            program);
    print_table(common_settings, default_port, data_dir, out);
    print_table(own, default_port, data_dir, out);
}
