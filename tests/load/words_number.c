/* Numbers, and numbers with a unit. */
#include "words.h"

#include "../../common/base/text.h"

#include <string.h>

static const int64_t LONGEST_US = 3600 * INT64_C(1000000), FASTEST = 100000;

/* Two numbers with dots between, or one for both; digits only. */
static int
parse_pair(const char *text, size_t size, int64_t min, int64_t max, int64_t *first, int64_t *second)
{
    char copy[60], *dots, *rest;

    if (size >= sizeof(copy))
        return -1;
    memcpy(copy, text, size);
    copy[size] = '\0';
    dots = strstr(copy, "..");
    rest = dots == NULL ? copy : dots + 2;
    if (dots != NULL)
        *dots = '\0';
    return text_parse_int(copy, min, max, first) == 0 && text_parse_int(rest, min, max, second) == 0 ? 0 : -1;
}

static int
parse_range(const char *text, size_t size, int64_t min, int64_t max, struct range *range)
{
    return parse_pair(text, size, min, max, &range->low, &range->high) == 0 && range->low <= range->high ? 0 : -1;
}

int
words_number(struct words *words, const char *what, int64_t min, int64_t max, int64_t *number)
{
    char text[200];

    if (text_parse_int(words_peek(words), min, max, number) == 0) {
        words->next++;
        return 0;
    }
    snprintf(text, sizeof(text), "%s: a number from %lld to %lld", what, (long long)min, (long long)max);
    return words_found(words, text);
}

int
words_range(struct words *words, const char *what, int64_t min, int64_t max, struct range *range)
{
    const char *word = words_peek(words);
    char text[200];

    if (parse_range(word, strlen(word), min, max, range) == 0) {
        words->next++;
        return 0;
    }
    snprintf(text, sizeof(text), "%s: a number from %lld to %lld, or two as in 1..5", what, (long long)min,
             (long long)max);
    return words_found(words, text);
}

/* A range with a unit behind it. */
static int
parse_time(const char *text, struct range *range)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = { { "ms", 1000 }, { "s", 1000000 }, { "min", 60000000 } };
    size_t digits = strspn(text, "0123456789.");

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(text + digits, units[i].name) == 0
            && parse_range(text, digits, 0, LONGEST_US / units[i].us, range) == 0) {
            range->low *= units[i].us;
            range->high *= units[i].us;
            return 0;
        }
    return -1;
}

int
words_time(struct words *words, struct range *range)
{
    if (parse_time(words_peek(words), range) != 0)
        return words_found(words, "a time of at most an hour such as 20ms, 2s, 1min or 5..50ms");
    words->next++;
    return 0;
}

int
words_length(struct words *words, int64_t *us)
{
    struct range range;

    if (parse_time(words_peek(words), &range) != 0 || range.low != range.high || range.low == 0)
        return words_found(words, "a time of at most an hour such as 20ms, 2s or 1min");
    *us = range.low;
    words->next++;
    return 0;
}

static int
parse_rates(const char *text, int64_t *from, int64_t *to)
{
    size_t digits = strspn(text, "0123456789.");

    return strcmp(text + digits, "/s") == 0 ? parse_pair(text, digits, 0, FASTEST, from, to) : -1;
}

int
words_rate(struct words *words, int64_t *rate)
{
    int64_t from;

    if (strchr(words_peek(words), '.') != NULL || parse_rates(words_peek(words), &from, rate) != 0)
        return words_found(words, "orders a second such as 500/s, at most 100000/s");
    words->next++;
    return 0;
}

int
words_rates(struct words *words, int64_t *from, int64_t *to)
{
    if (strchr(words_peek(words), '.') == NULL || parse_rates(words_peek(words), from, to) != 0)
        return words_found(words, "orders a second at first and at last such as 0..500/s, at most 100000/s");
    words->next++;
    return 0;
}
