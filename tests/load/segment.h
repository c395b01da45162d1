/* One part of a run's schedule: so many orders are due at a rate, or as soon as one of so many customers has nothing to
 * do. A line of a mix is one segment:
 *
 *     ramp 0..500/s over 10s          the rate rises, or falls, evenly
 *     hold 500/s for 60s
 *     burst 2000 over 1s              so many orders on top of the rate that was there before
 *     drain                           until all orders have come to their ends
 *     closed 64 clients for 30s       each sends its next order when the last one has come to its end
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

struct words;

enum segment_kind { SEGMENT_OPEN, SEGMENT_CLOSED, SEGMENT_DRAIN };

struct segment {
    enum segment_kind kind;
    double from, to;            /* open: orders a second at its beginning and at its end */
    int64_t clients;            /* closed */
    int64_t length_us;          /* open and closed */
    uint64_t orders;            /* closed: no more than these */
};

/* Is this the first word of a segment's line? */
bool segment_is_word(const char *word);
/* Reads the words of one line. rate: at which bursts come on top; changed by other lines. -1 with a mistake (words.h). */
int segment_read_line(struct segment *segment, struct words *words, int64_t *rate);

/* A rate that stays. */
struct segment segment_hold(double rate, int64_t length_us);

/* ---- of an open one: orders are numbered from 0 ---- */

/* All that are due in it. */
uint64_t segment_orders(const struct segment *segment);
/* Those that are due within so many µs from its beginning. */
uint64_t segment_due(const struct segment *segment, int64_t elapsed_us);
/* When this one is due, in µs from the beginning. */
int64_t segment_due_us(const struct segment *segment, uint64_t number);

#endif
