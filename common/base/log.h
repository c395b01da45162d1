/* Log lines in logfmt on a file descriptor: ts=… level=… svc=… msg="…" key=value … */
#ifndef LOG_H
#define LOG_H

#include "field.h"

struct clock;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum { LOG_RECENT = 8, LOG_RECENT_LINE = 320 };

/* The last warnings and errors, for whoever asks what went wrong. */
struct log_recent {
    char lines[LOG_RECENT][LOG_RECENT_LINE];   /* cut; the newest is number (count - 1) % LOG_RECENT */
    uint64_t count;                            /* of all there were */
};

struct log {
    const char *service;
    const struct clock *clock;
    enum log_level level;    /* lines below it are not written */
    int fd;                  /* one write(2) per line; -1 writes nothing */
    struct log_recent *recent;   /* the caller's; NULL: they are not kept */
};

/* fields ends with FIELD_END. Values are quoted and escaped, so that no value can forge a line; long ones are cut. */
void log_write(const struct log *log, enum log_level level, const char *message, const struct field *fields);

#define log_debug(log, message, ...) log_write((log), LOG_DEBUG, (message), FIELDS(__VA_ARGS__))
#define log_info(log, message, ...) log_write((log), LOG_INFO, (message), FIELDS(__VA_ARGS__))
#define log_warn(log, message, ...) log_write((log), LOG_WARN, (message), FIELDS(__VA_ARGS__))
#define log_error(log, message, ...) log_write((log), LOG_ERROR, (message), FIELDS(__VA_ARGS__))

/* The process cannot go on (no database, no memory, an unknown outcome): logs and exits with status 1. */
_Noreturn void log_fatal(const struct log *log, const char *message, const struct field *fields);
#define fatal(log, message, ...) log_fatal((log), (message), FIELDS(__VA_ARGS__))

/* "debug", "info", "warn", "error"; -1 if it is none of them. */
int log_level_parse(const char *name, enum log_level *level);

#endif
