#include "process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const process_gauge_names[GAUGES] = {
    "cpu_percent", "rss_mb", "outbox_pending", "outbox_age_s", "lag", "wal_mb", "open_fds"
};

const struct reading reading_none = { { NAN, NAN, NAN, NAN, NAN, NAN, NAN } };

static const double MB = 1024 * 1024;

/* ---- readings ---- */

/* One line of a scrape; lag is told by partition. */
static void
read_sample(struct reading *reading, const char *line)
{
    static const struct { const char *name; enum gauge gauge; } rows[] = {
        { "process_cpu_seconds_total ", CPU },
        { "process_resident_memory_bytes ", RSS },
        { "outbox_pending ", OUTBOX_PENDING },
        { "outbox_oldest_age_seconds ", OUTBOX_AGE },
        { "consumer_lag{", LAG },
        { "database_file_bytes{file=\"wal\"} ", WAL },
        { "process_open_fds ", OPEN_FDS },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size = strlen(rows[i].name);
        double *value = &reading->value[rows[i].gauge];
        double number;

        if (strncmp(line, rows[i].name, size) != 0)
            continue;
        number = strtod(strrchr(line, ' '), NULL);      /* a label may hold blanks */
        *value = rows[i].gauge == LAG && !isnan(*value) ? *value + number : number;
        return;
    }
}

struct reading
reading_of_metrics(const char *text, size_t size)
{
    struct reading reading = reading_none;
    const char *end = text + size, *newline;
    char line[200];

    for (; (newline = memchr(text, '\n', (size_t)(end - text))) != NULL; text = newline + 1) {
        size_t length = (size_t)(newline - text);

        if (length >= sizeof(line) || *text == '#')
            continue;
        memcpy(line, text, length);
        line[length] = '\0';
        read_sample(&reading, line);
    }
    reading.value[RSS] /= MB;
    reading.value[WAL] /= MB;
    return reading;
}

static bool
read_file(int pid, const char *name, char *text, size_t room)
{
    char path[60];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    size = fread(text, 1, room - 1, file);
    fclose(file);
    text[size] = '\0';
    return size > 0;
}

struct reading
reading_of_pid(int pid)
{
    struct reading reading = reading_none;
    unsigned long user, system;
    const char *rest;
    long pages;
    char text[600];

    /* The name in parentheses may hold anything; the state and ten numbers stand before the times. */
    if (read_file(pid, "stat", text, sizeof(text)) && (rest = strrchr(text, ')')) != NULL
        && sscanf(rest, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user, &system) == 2)
        reading.value[CPU] = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    if (read_file(pid, "statm", text, sizeof(text)) && sscanf(text, "%*s %ld", &pages) == 1)
        reading.value[RSS] = (double)pages * (double)sysconf(_SC_PAGESIZE) / MB;
    return reading;
}

/* ---- from reading to reading ---- */

void
process_init(struct process *process, const char *name, int gauges)
{
    *process = (struct process){ .gauges = gauges, .now = reading_none, .counter_s = NAN, .gap = true };
    snprintf(process->name, sizeof(process->name), "%s", name);
    memcpy(process->highest, reading_none.value, sizeof(process->highest));
}

void
process_take(struct process *process, struct reading reading, double seconds)
{
    double counter = reading.value[CPU], used = counter;

    if (counter >= process->counter_s)
        used -= process->counter_s;
    if (!isnan(counter) && !isnan(process->counter_s))
        process->used_s += used;
    process->now = reading;
    process->now.value[CPU] = process->gap || isnan(process->counter_s) || seconds <= 0 ? NAN : 100 * used / seconds;
    process->gap = isnan(counter);
    if (!process->gap)
        process->counter_s = counter;
    for (int i = 0; i < GAUGES; i++)
        process->highest[i] = fmax(process->highest[i], process->now.value[i]);
}

double
process_cpu_us(const struct process *process, uint64_t orders)
{
    return isnan(process->counter_s) || orders == 0 ? NAN : 1e6 * process->used_s / (double)orders;
}

bool
process_is_called(const struct process *process, const char *name)
{
    size_t size = strlen(name);

    return strncmp(process->name, name, size) == 0 && (process->name[size] == '\0' || process->name[size] == '.');
}
