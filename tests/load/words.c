#include "words.h"

#include "../../common/base/error.h"
#include "../../common/base/text.h"
#include "status.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const int64_t LONGEST_US = 3600 * INT64_C(1000000);

int
words_mistake(const struct words *words, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return error_set(words->error, "%s:%d: %s", words->file, words->line, text);
}

int
words_split(struct words *words, const char *line)
{
    char *next = words->text;

    words->count = words->next = 0;
    if (strlen(line) >= WORDS_LINE)
        return words_mistake(words, "a line has less than %d characters", WORDS_LINE);
    for (; *line != '\0' && *line != '#'; line++) {
        if (*line == ',')
            *next++ = ' ';
        *next++ = *line;
        if (*line == ',')
            *next++ = ' ';
    }
    *next = '\0';
    for (char *word = strtok_r(words->text, " \t\r\n", &next); word != NULL; word = strtok_r(NULL, " \t\r\n", &next)) {
        if (words->count == WORDS_MAX)
            return words_mistake(words, "a line has at most %d words", WORDS_MAX);
        words->word[words->count++] = word;
    }
    return 0;
}

const char *
words_peek(const struct words *words)
{
    return words->next < words->count ? words->word[words->next] : "";
}

/* What stands where something else was expected. */
static const char *
found(const struct words *words, char text[60])
{
    if (words->next >= words->count)
        return "the end of the line";
    snprintf(text, 60, "\"%.40s\"", words->word[words->next]);
    return text;
}

static int
expected(const struct words *words, const char *what)
{
    char text[60];

    return words_mistake(words, "expected %s, found %s", what, found(words, text));
}

bool
words_take(struct words *words, const char *word)
{
    if (strcmp(words_peek(words), word) != 0)
        return false;
    words->next++;
    return true;
}

int
words_expect(struct words *words, const char *word)
{
    return words_take(words, word) ? 0 : expected(words, word);
}

int
words_name(struct words *words, const char *what, char *name, size_t room)
{
    const char *word = words_peek(words);
    size_t size = strlen(word);

    if (size == 0 || strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != size)
        return expected(words, what);
    if (size >= room)
        return words_mistake(words, "%s has at most %zu characters", what, room - 1);
    memcpy(name, word, size + 1);
    words->next++;
    return 0;
}

/* "LOW..HIGH" or one number, digits only. */
static int
parse_range(const char *text, size_t size, int64_t min, int64_t max, struct range *range)
{
    char copy[60], *dots, *high;

    if (size >= sizeof(copy))
        return -1;
    memcpy(copy, text, size);
    copy[size] = '\0';
    dots = strstr(copy, "..");
    high = dots == NULL ? copy : dots + 2;
    if (dots != NULL)
        *dots = '\0';
    return text_parse_int(copy, min, max, &range->low) == 0 && text_parse_int(high, range->low, max, &range->high) == 0
               ? 0 : -1;
}

int
words_range(struct words *words, const char *what, int64_t min, int64_t max, struct range *range)
{
    const char *word = words_peek(words);
    char text[200];

    if (parse_range(word, strlen(word), min, max, range) != 0) {
        snprintf(text, sizeof(text), "%s: a number from %lld to %lld, or two as in 1..5", what, (long long)min,
                 (long long)max);
        return expected(words, text);
    }
    words->next++;
    return 0;
}

int
words_time(struct words *words, struct range *range)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = { { "ms", 1000 }, { "s", 1000000 }, { "min", 60000000 } };
    const char *word = words_peek(words);
    size_t digits = strspn(word, "0123456789.");

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(word + digits, units[i].name) == 0
            && parse_range(word, digits, 0, LONGEST_US / units[i].us, range) == 0) {
            range->low *= units[i].us;
            range->high *= units[i].us;
            words->next++;
            return 0;
        }
    return expected(words, "a time of at most an hour such as 20ms, 2s, 1min or 5..50ms");
}

int
words_statuses(struct words *words, unsigned *set)
{
    *set = 0;
    do {
        const char *word = words_peek(words);
        enum status status = status_parse(word, strlen(word));

        if (status == NOT_ORDERED)
            return expected(words, "CREATED, PAID, REJECTED, CANCELLED or REFUNDED");
        *set |= status;
        words->next++;
    } while (words_take(words, "or"));
    return 0;
}

int
words_end(struct words *words)
{
    return words->next == words->count ? 0 : expected(words, "the end of the line");
}
