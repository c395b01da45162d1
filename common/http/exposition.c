#include "exposition.h"

#include "../base/memory.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 4096, NUMBER = 40 };

struct exposition {
    char *text;
    size_t used, size;
    char *metric;           /* its samples are being written */
};

struct exposition *
exposition_new(void)
{
    struct exposition *exposition = memory_new(1, sizeof(*exposition));

    exposition->size = FIRST_SIZE;
    exposition->text = memory_new(1, exposition->size);
    return exposition;
}

void
exposition_free(struct exposition *exposition)
{
    if (exposition == NULL)
        return;
    free(exposition->metric);
    free(exposition->text);
    free(exposition);
}

static void __attribute__((format(printf, 2, 3)))
put(struct exposition *exposition, const char *format, ...)
{
    va_list args;
    size_t needed;

    va_start(args, format);
    needed = (size_t)vsnprintf(NULL, 0, format, args) + 1;
    va_end(args);
    while (exposition->size - exposition->used < needed) {
        exposition->size *= 2;
        exposition->text = memory_resize(exposition->text, 1, exposition->size);
    }
    va_start(args, format);
    vsnprintf(exposition->text + exposition->used, needed, format, args);
    va_end(args);
    exposition->used += needed - 1;
}

/* Integers look like integers; others have the digits that survive being a double. */
static const char *
number_text(double value, char text[NUMBER])
{
    if (isnan(value))
        snprintf(text, NUMBER, "NaN");
    else if (isinf(value))
        snprintf(text, NUMBER, value > 0 ? "+Inf" : "-Inf");
    else if (fabs(value) < 9007199254740992.0 && value == floor(value))
        snprintf(text, NUMBER, "%lld", (long long)value);
    else
        snprintf(text, NUMBER, "%.15g", value);
    return text;
}

void
exposition_metric(struct exposition *exposition, const char *name, const char *kind, const char *help)
{
    free(exposition->metric);
    exposition->metric = memory_copy_text(name);
    put(exposition, "# HELP %s ", name);
    for (; *help != '\0'; help++)
        if (*help == '\\' || *help == '\n')
            put(exposition, "\\%c", *help == '\n' ? 'n' : '\\');
        else
            put(exposition, "%c", *help);
    put(exposition, "\n# TYPE %s %s\n", name, kind);
}

static void
put_sample(struct exposition *exposition, const char *suffix, const char *labels, double value)
{
    char number[NUMBER];

    assert(exposition->metric != NULL);
    put(exposition, "%s%s", exposition->metric, suffix);
    if (labels != NULL && *labels != '\0')
        put(exposition, "{%s}", labels);
    put(exposition, " %s\n", number_text(value, number));
}

void
exposition_sample(struct exposition *exposition, const char *labels, double value)
{
    put_sample(exposition, "", labels, value);
}

static void
put_bucket(struct exposition *exposition, const char *labels, const char *le, uint64_t count)
{
    bool labelled = labels != NULL && *labels != '\0';

    put(exposition, "%s_bucket{%s%sle=\"%s\"} %llu\n", exposition->metric, labelled ? labels : "",
        labelled ? "," : "", le, (unsigned long long)count);
}

void
exposition_histogram(struct exposition *exposition, const char *labels, const struct histogram *histogram,
                     const int64_t bounds[HISTOGRAM_BUCKETS], double scale)
{
    uint64_t below = 0;
    char le[NUMBER];

    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        below += histogram->count[i];
        put_bucket(exposition, labels, number_text((double)bounds[i] * scale, le), below);
    }
    put_bucket(exposition, labels, "+Inf", histogram->total);
    put_sample(exposition, "_sum", labels, (double)histogram->sum * scale);
    put_sample(exposition, "_count", labels, (double)histogram->total);
}

const char *
exposition_text(const struct exposition *exposition, size_t *size)
{
    *size = exposition->used;
    return exposition->text;
}
