#include "criteria.h"

#include "../../common/base/error.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones first: "<=" is not "<". */
static const char *const operators[COMPARISONS] = { "<=", ">=", "==", "!=", "<", ">" };

/* Where the reading is. */
struct reader {
    const char *all, *at;
    const struct arguments *arguments;
    char **error;
};

/* ---- reading ---- */

static int
mistake(const struct reader *reader, const char *expected)
{
    int place = (int)(reader->at - reader->all) + 1, size = (int)strcspn(reader->at, ",");

    if (size == 0)
        return error_set(reader->error, "--check, character %d: found the end, expected %s", place, expected);
    return error_set(reader->error, "--check, character %d: found \"%.*s\", expected %s", place, size > 60 ? 60 : size,
                     reader->at, expected);
}

static void
skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

static int
read_name(struct reader *reader, struct criterion *criterion)
{
    size_t size = strcspn(reader->at, " \t,<>=!");

    if (figure_find(&criterion->figure, reader->at, size, reader->arguments) != 0)
        return mistake(reader, figure_help);
    reader->at += size;
    skip_blanks(reader);
    return 0;
}

static int
read_operator(struct reader *reader, struct criterion *criterion)
{
    for (int i = 0; i < COMPARISONS; i++) {
        size_t size = strlen(operators[i]);

        if (strncmp(reader->at, operators[i], size) == 0) {
            criterion->comparison = (enum comparison)i;
            reader->at += size;
            skip_blanks(reader);
            return 0;
        }
    }
    return mistake(reader, "one of < <= > >= == !=");
}

/* Digits, with a point or without: strtod takes far more than that. */
static int
read_number(struct reader *reader, struct criterion *criterion)
{
    size_t size = strspn(reader->at, "0123456789.");
    char *end;

    if (!isdigit((unsigned char)*reader->at))
        return mistake(reader, criterion->figure.is_time ? "a time such as 50ms, 2s or 300us"
                                                         : "a number such as 500 or 0.5");
    criterion->limit = strtod(reader->at, &end);
    if (end != reader->at + size)
        return mistake(reader, "a number such as 500 or 0.5");
    reader->at += size;
    skip_blanks(reader);
    return 0;
}

static int
read_unit(struct reader *reader, struct criterion *criterion)
{
    static const struct { const char *name; double ms; } units[] = { { "ms", 1 }, { "us", 0.001 }, { "s", 1000 } };
    size_t size = strcspn(reader->at, " \t,");

    if (!criterion->figure.is_time)
        return 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strlen(units[i].name) == size && strncmp(reader->at, units[i].name, size) == 0) {
            criterion->limit *= units[i].ms;
            reader->at += size;
            skip_blanks(reader);
            return 0;
        }
    return mistake(reader, "a unit, for this is a time: ms, s or us");
}

static int
read_one(struct reader *reader, struct criterion *criterion)
{
    const char *begin, *end;

    skip_blanks(reader);
    begin = reader->at;
    if (read_name(reader, criterion) != 0 || read_operator(reader, criterion) != 0
        || read_number(reader, criterion) != 0 || read_unit(reader, criterion) != 0)
        return -1;
    if (*reader->at != ',' && *reader->at != '\0')
        return mistake(reader, criterion->figure.is_time ? "a comma or the end"
                                                         : "a comma or the end, for this is no time");
    for (end = reader->at; end[-1] == ' ' || end[-1] == '\t';)
        end--;
    snprintf(criterion->text, sizeof(criterion->text), "%.*s", (int)(end - begin), begin);
    return 0;
}

int
criteria_read(struct criteria *criteria, const char *text, const struct arguments *arguments, char **error)
{
    struct reader reader = { .all = text, .at = text, .arguments = arguments, .error = error };

    *criteria = (struct criteria){ .count = 0 };
    if (text == NULL)
        return 0;
    do {
        if (criteria->count == CRITERIA)
            return error_set(error, "--check: there may be %d criteria", CRITERIA);
        if (read_one(&reader, &criteria->of[criteria->count++]) != 0)
            return -1;
    } while (*reader.at++ == ',');
    return 0;
}

/* ---- deciding ---- */

/* Nothing compares with NAN, not even as unequal. */
static bool
compare(double measured, enum comparison comparison, double limit)
{
    switch (comparison) {
    case LESS: return measured < limit;
    case LESS_OR_EQUAL: return measured <= limit;
    case GREATER: return measured > limit;
    case GREATER_OR_EQUAL: return measured >= limit;
    case EQUAL: return fabs(measured - limit) < 1e-9;
    case NOT_EQUAL: return fabs(measured - limit) >= 1e-9;
    case COMPARISONS: break;
    }
    return false;
}

void
criteria_measure(struct criteria *criteria, const struct outcome *outcome)
{
    for (int i = 0; i < criteria->count; i++) {
        struct criterion *criterion = &criteria->of[i];

        criterion->measured = figure_value(&criterion->figure, outcome);
        criterion->holds = compare(criterion->measured, criterion->comparison, criterion->limit);
    }
}

void
criterion_measured(const struct criterion *criterion, char *text, size_t room)
{
    if (isnan(criterion->measured))
        snprintf(text, room, "nothing");
    else if (criterion->figure.is_time)
        snprintf(text, room, "%.3f ms", criterion->measured);
    else
        snprintf(text, room, criterion->measured == floor(criterion->measured) ? "%.0f" : "%.2f", criterion->measured);
}

void
criteria_print(const struct criteria *criteria, FILE *out)
{
    for (int i = 0; i < criteria->count; i++) {
        const struct criterion *criterion = &criteria->of[i];
        char measured[60];

        criterion_measured(criterion, measured, sizeof(measured));
        fprintf(out, "  check      %s: %s, measured %s\n", criterion->text, criterion->holds ? "holds" : "FAILED", measured);
    }
}
