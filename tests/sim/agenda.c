#include "agenda.h"

#include "../../common/base/memory.h"
#include "chance.h"

#include <assert.h>
#include <stdlib.h>

void
agenda_release(struct agenda *agenda)
{
    free(agenda->tasks);
}

void
agenda_put(struct agenda *agenda, struct task *task, int64_t at_us)
{
    task->at_us = at_us;
    if (task->place != 0)
        return;
    if (agenda->count == agenda->room) {
        agenda->room = agenda->room == 0 ? 64 : 2 * agenda->room;
        agenda->tasks = memory_resize(agenda->tasks, (size_t)agenda->room, sizeof(*agenda->tasks));
    }
    agenda->tasks[agenda->count++] = task;
    task->place = agenda->count;
}

void
agenda_remove(struct agenda *agenda, struct task *task)
{
    struct task *last;

    if (task->place == 0)
        return;
    last = agenda->tasks[--agenda->count];
    agenda->tasks[task->place - 1] = last;
    last->place = task->place;
    task->place = 0;
}

/* The due task that has waited longest. */
static struct task *
oldest(const struct agenda *agenda)
{
    struct task *oldest = NULL;

    for (int i = 0; i < agenda->count; i++)
        if (oldest == NULL || agenda->tasks[i]->at_us < oldest->at_us)
            oldest = agenda->tasks[i];
    return oldest;
}

static struct task *
nth_due(const struct agenda *agenda, int64_t n, int64_t now_us)
{
    int place = 0;

    while (agenda->tasks[place]->at_us > now_us || n-- > 0)
        place++;
    return agenda->tasks[place];
}

struct task *
agenda_take(struct agenda *agenda, struct chance *chance, int64_t now_us)
{
    int64_t due = 0, choice;
    struct task *task;

    for (int i = 0; i < agenda->count; i++)
        due += agenda->tasks[i]->at_us <= now_us;
    if (due == 0)
        return NULL;
    choice = chance_below(chance, due + 1);
    task = choice == 0 ? oldest(agenda) : nth_due(agenda, choice - 1, now_us);
    assert(task != NULL);               /* since something is due */
    agenda_remove(agenda, task);
    return task;
}

int64_t
agenda_next(const struct agenda *agenda, bool busy)
{
    int64_t next = INT64_MAX;

    for (int i = 0; i < agenda->count; i++)
        if (agenda->tasks[i]->at_us < next && !(busy && agenda->tasks[i]->idle))
            next = agenda->tasks[i]->at_us;
    return next;
}
