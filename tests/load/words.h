/* One line of a flow file: its words, and what a word may be. */
#ifndef WORDS_H
#define WORDS_H

#include "flow.h"

#include <stdbool.h>

enum { WORDS_LINE = 500, WORDS_MAX = 120 };

struct words {
    const char *file;
    int line;
    int count, next;            /* a step takes words from next on */
    char text[2 * WORDS_LINE];  /* commas are words of their own */
    const char *word[WORDS_MAX];
    char **error;
};

/* Takes a line apart, its comment left out. -1 with *error if it is too long. */
int words_split(struct words *words, const char *line);

/* The word to come; "" at the end of the line. */
const char *words_peek(const struct words *words);
/* Takes the next word if it is this one. */
bool words_take(struct words *words, const char *word);

/* These take a word or set *error and answer -1. `what` is what a person would call it. */
int words_expect(struct words *words, const char *word);
int words_name(struct words *words, const char *what, char *name, size_t room);
/* 5 or 1..5 */
int words_range(struct words *words, const char *what, int64_t min, int64_t max, struct range *range);
/* 20ms or 1..5s; in µs */
int words_time(struct words *words, struct range *range);
/* PAID or REFUNDED or … */
int words_statuses(struct words *words, unsigned *set);
int words_end(struct words *words);

/* Sets *error to "FILE:LINE: " and the text. Always -1. */
int words_mistake(const struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
