/* What is to be done, and from when on. Whatever is due may be done next, in any order: that is the simulated world's
 * whole freedom. */
#ifndef AGENDA_H
#define AGENDA_H

#include <stdbool.h>
#include <stdint.h>

struct chance;

/* Lives in whatever it is about. All zero but for run and context: it is not on the agenda. */
struct task {
    void (*run)(void *context);
    void *context;
    int64_t at_us;
    int place;                   /* on the agenda, from 1; 0: not on it */
    bool idle;                   /* a clock that ticks: nothing is under way because of it */
};

struct agenda {
    struct task **tasks;
    int count, room;
};

void agenda_release(struct agenda *agenda);

/* Puts the task on the agenda, or moves it there. */
void agenda_put(struct agenda *agenda, struct task *task, int64_t at_us);
void agenda_remove(struct agenda *agenda, struct task *task);

/* Takes one of those that are due off the agenda; NULL if none is. */
struct task *agenda_take(struct agenda *agenda, struct chance *chance, int64_t now_us);

/* When the next one is due; INT64_MAX if there is none. busy: of those that are not idle. */
int64_t agenda_next(const struct agenda *agenda, bool busy);

#endif
