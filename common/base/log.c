#include "log.h"

#include "clock.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, VALUE_SIZE = 1024 };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

struct line {
    char text[LINE_SIZE];
    size_t used;
};

static void
put(struct line *line, const char *text, size_t size)
{
    size_t room = LINE_SIZE - 1 - line->used;   /* one byte stays for the newline */

    if (size > room)
        size = room;
    memcpy(line->text + line->used, text, size);
    line->used += size;
}

static void
put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

/* logfmt: a value with a blank, quote, equals sign or control byte stands in quotes, with escapes. */
static void
put_value(struct line *line, const char *text)
{
    size_t size = strnlen(text, VALUE_SIZE);
    size_t i, control = 0;

    for (i = 0; i < size; i++)
        if (text[i] == ' ' || text[i] == '"' || text[i] == '=' || text[i] == '\\' || text_control_size(text + i) > 0)
            break;
    if (i == size && size > 0) {
        put(line, text, size);
        return;
    }
    put_text(line, "\"");
    for (i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escaped[8];

        if (control == 0)
            control = text_control_size(text + i);
        if (byte == '"' || byte == '\\')
            snprintf(escaped, sizeof(escaped), "\\%c", byte);
        else if (control > 0)
            snprintf(escaped, sizeof(escaped), "\\x%02x", byte);
        else
            snprintf(escaped, sizeof(escaped), "%c", byte);
        put_text(line, escaped);
        control -= control > 0;
    }
    put_text(line, "\"");
}

static void
put_time(struct line *line, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[48];

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof(text), "ts=%Y-%m-%dT%H:%M:%S", &utc);
    put_text(line, text);
    snprintf(text, sizeof(text), ".%03dZ", (int)(now_ms % 1000));
    put_text(line, text);
}

static void
put_field(struct line *line, const struct field *field)
{
    char number[32];

    put_text(line, " ");
    put_text(line, field->name);
    put_text(line, "=");
    if (field->kind == FIELD_INT) {
        snprintf(number, sizeof(number), "%lld", (long long)field->number);
        put_text(line, number);
    } else {
        put_value(line, field->text == NULL ? "-" : field->text);
    }
}

static void
keep(struct log_recent *recent, const struct line *line)
{
    snprintf(recent->lines[recent->count++ % LOG_RECENT], LOG_RECENT_LINE, "%.*s", (int)line->used, line->text);
}

void
log_write(const struct log *log, enum log_level level, const char *message, const struct field *fields)
{
    struct line line = { .used = 0 };
    ssize_t written;

    if (level < log->level || log->fd < 0)
        return;
    put_time(&line, clock_now_ms(log->clock));
    put_text(&line, " level=");
    put_text(&line, level_names[level]);
    put_text(&line, " svc=");
    put_value(&line, log->service);
    put_text(&line, " msg=");
    put_value(&line, message);
    for (; fields->kind != FIELD_END; fields++)
        put_field(&line, fields);
    if (level >= LOG_WARN && log->recent != NULL)
        keep(log->recent, &line);
    line.text[line.used++] = '\n';
    written = write(log->fd, line.text, line.used);
    (void)written;              /* nowhere left to complain */
}

_Noreturn void
log_fatal(const struct log *log, const char *message, const struct field *fields)
{
    log_write(log, LOG_ERROR, message, fields);
    _exit(1);                   /* nothing is tidied up: what is broken may be in the way */
}

int
log_level_parse(const char *name, enum log_level *level)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    return -1;
}
