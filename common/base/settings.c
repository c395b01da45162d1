#include "settings.h"

#include "faults.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What one reading needs everywhere. */
struct reading {
    const struct setting *own;
    char *values;
    FILE *errors;
    int mistakes;
};

void
settings_complain(FILE *errors, const char *name, const char *problem, const char *value)
{
    char line[1400];            /* the problem may repeat a part of the value */

    snprintf(line, sizeof(line), "%s: %s, not \"%.100s\"", name, problem, value);
    for (char *next = line; *next != '\0'; next++)
        memset(next, '?', text_control_size(next));
    fprintf(errors, "%s\n", line);
}

static void
complain(struct reading *reading, const char *name, const char *problem, const char *value)
{
    reading->mistakes++;
    settings_complain(reading->errors, name, problem, value);
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
        { "--schema", COMMAND_SCHEMA },       { "ctl", COMMAND_CTL },         { "--crash-points", COMMAND_CRASH_POINTS },
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
            "  --crash-points  the moments at which the fault \"crash\" can end it\n"
            "  ctl COMMAND     asks the running service, by the socket in its DATA_DIR; ctl help lists the commands\n\n"
            "A setting is an environment variable, or a flag: HTTP_PORT=8081 or --http-port 8081.\n\n",
            program);
    print_table(common_settings, default_port, data_dir, out);
    print_table(own, default_port, data_dir, out);
}
