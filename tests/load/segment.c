#include "segment.h"

#include "words.h"

#include <math.h>
#include <string.h>

static const int64_t MOST_AT_ONCE = 1000000, MOST_CLIENTS = 10000;

/* ---- lines: each takes what follows its first word ---- */

static int
read_ramp(struct segment *segment, struct words *words, int64_t *rate)
{
    int64_t from;

    if (words_rates(words, &from, rate) != 0 || words_expect(words, "over") != 0
        || words_length(words, &segment->length_us) != 0)
        return -1;
    segment->from = (double)from;
    segment->to = (double)*rate;
    return 0;
}

static int
read_hold(struct segment *segment, struct words *words, int64_t *rate)
{
    if (words_rate(words, rate) != 0 || words_expect(words, "for") != 0
        || words_length(words, &segment->length_us) != 0)
        return -1;
    *segment = segment_hold((double)*rate, segment->length_us);
    return 0;
}

static int
read_burst(struct segment *segment, struct words *words, int64_t *rate)
{
    int64_t orders;

    if (words_number(words, "how many orders", 1, MOST_AT_ONCE, &orders) != 0 || words_expect(words, "over") != 0
        || words_length(words, &segment->length_us) != 0)
        return -1;
    *segment = segment_hold((double)*rate + (double)orders * 1e6 / (double)segment->length_us, segment->length_us);
    return 0;
}

static int
read_drain(struct segment *segment, struct words *words, int64_t *rate)
{
    (void)words;
    segment->kind = SEGMENT_DRAIN;
    *rate = 0;
    return 0;
}

static int
read_closed(struct segment *segment, struct words *words, int64_t *rate)
{
    segment->kind = SEGMENT_CLOSED;
    segment->orders = UINT64_MAX;
    *rate = 0;
    return words_number(words, "how many clients", 1, MOST_CLIENTS, &segment->clients) == 0
           && words_expect(words, "clients") == 0 && words_expect(words, "for") == 0
           && words_length(words, &segment->length_us) == 0 ? 0 : -1;
}

static const struct line {
    const char *name;
    int (*read)(struct segment *segment, struct words *words, int64_t *rate);
} lines[] = {
    { "ramp", read_ramp }, { "hold", read_hold }, { "burst", read_burst }, { "drain", read_drain },
    { "closed", read_closed }, { NULL, NULL }
};

static const struct line *
find_line(const char *word)
{
    for (const struct line *line = lines; line->name != NULL; line++)
        if (strcmp(line->name, word) == 0)
            return line;
    return NULL;
}

bool
segment_is_word(const char *word)
{
    return find_line(word) != NULL;
}

int
segment_read_line(struct segment *segment, struct words *words, int64_t *rate)
{
    const struct line *line = find_line(words_peek(words));

    if (line == NULL)
        return words_found(words, "a share as in `80 happy`, or ramp, hold, burst, drain or closed");
    *segment = (struct segment){ .kind = SEGMENT_OPEN };
    words_take(words, line->name);
    return line->read(segment, words, rate) == 0 ? words_end(words) : -1;
}

/* ---- what is due when ---- */

struct segment
segment_hold(double rate, int64_t length_us)
{
    return (struct segment){ .kind = SEGMENT_OPEN, .from = rate, .to = rate, .length_us = length_us };
}

/* How fast the rate changes, in orders per second². */
static double
slope(const struct segment *segment)
{
    return (segment->to - segment->from) / ((double)segment->length_us / 1e6);
}

uint64_t
segment_orders(const struct segment *segment)
{
    return (uint64_t)llround((segment->from + segment->to) / 2 * (double)segment->length_us / 1e6);
}

uint64_t
segment_due(const struct segment *segment, int64_t elapsed_us)
{
    double t = (double)elapsed_us / 1e6, due = (segment->from + slope(segment) / 2 * t) * t;
    uint64_t orders = segment_orders(segment);

    return elapsed_us >= segment->length_us || due + 1 >= (double)orders ? orders : (uint64_t)due + 1;
}

/* The t at which `from` t + `slope` t² / 2 is the number, in the form that also works without a slope. */
int64_t
segment_due_us(const struct segment *segment, uint64_t number)
{
    double n = (double)number, under_root = segment->from * segment->from + 2 * slope(segment) * n;

    return number == 0 ? 0 : (int64_t)(2e6 * n / (segment->from + sqrt(fmax(under_root, 0))));
}
