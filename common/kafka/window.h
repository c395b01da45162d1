/* The rows of the outbox that are between the stored cursor and the broker: at most one of each key under way. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { WINDOW_SIZE = 10000 };

struct window;

struct window *window_new(void);
void window_free(struct window *window);
/* Forgets all rows; the next one added has a seq above `cursor`. */
void window_reset(struct window *window, int64_t cursor);

/* Every row up to here has been acknowledged. */
int64_t window_cursor(const struct window *window);
/* The highest row added. */
int64_t window_mark(const struct window *window);
bool window_is_full(const struct window *window);
int window_count(const struct window *window);

/* Adds the next row. true: no earlier row of its key is under way, so it is to be sent now. */
bool window_add(struct window *window, int64_t seq, const char *key);
/* The broker has the row. Answers the row of the same key that waited for it and is to be sent now, or 0.
 * A row that is not in the window, or was acknowledged before, answers 0. */
int64_t window_acknowledge(struct window *window, int64_t seq);

/* The broker has refused the row; it stays so until it is acknowledged. */
void window_refuse(struct window *window, int64_t seq);
/* How many rows are refused, and the first of them: 0 if there is none. */
int window_refused(const struct window *window);
int64_t window_first_refused(const struct window *window);

#endif
