/* One line of a flow file or a mix: its words, and what a word may be. */
#ifndef WORDS_H
#define WORDS_H

#include "flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { WORDS_LINE = 500, WORDS_MAX = 120 };

struct words {
    const char *file;
    int line;
    int count, next;            /* a step takes words from next on */
    char text[3 * WORDS_LINE];  /* commas are words of their own: " , " */
    const char *word[WORDS_MAX];
    char **error;
};

/* Takes a line apart, its comment left out. -1 with *error if it is too long. */
int words_split(struct words *words, const char *line);

/* The word to come; "" at the end of the line. */
const char *words_peek(const struct words *words);
/* Is it this word that comes, after `ahead` others? */
bool words_next_is(const struct words *words, int ahead, const char *word);
/* Takes the next word if it is this one. */
bool words_take(struct words *words, const char *word);

/* These take a word or set *error and answer -1. `what` is what a person would call it. */
int words_expect(struct words *words, const char *word);
int words_name(struct words *words, const char *what, char *name, size_t room);

/* Numbers: words_number.c. */
int words_number(struct words *words, const char *what, int64_t min, int64_t max, int64_t *number);
/* 5 or 1..5 */
int words_range(struct words *words, const char *what, int64_t min, int64_t max, struct range *range);
/* 20ms or 1..5s; in µs */
int words_time(struct words *words, struct range *range);
/* 20ms; in µs, at least 1 ms */
int words_length(struct words *words, int64_t *us);
/* 500/s; or two, of which the first may be the larger one: 0..500/s */
int words_rate(struct words *words, int64_t *rate);
int words_rates(struct words *words, int64_t *from, int64_t *to);

/* PAID or REFUNDED or … */
int words_statuses(struct words *words, unsigned *set);
/* paid or refunded or …: of notifications */
int words_kinds(struct words *words, unsigned *set);
int words_end(struct words *words);

/* Sets *error to "FILE:LINE: expected WHAT, found " and the word that comes. Always -1. */
int words_found(const struct words *words, const char *what);
/* Sets *error to "FILE:LINE: " and the text. Always -1. */
int words_mistake(const struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
