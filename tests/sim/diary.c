#include "diary.h"

#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_DRAWN = 150 };

struct entry {
    int64_t at_us;
    const char *text;
    char order_id[UUID_TEXT];    /* "": all of them */
    enum column from, to;        /* the same of a note */
    char mark;
};

static struct {
    struct entry *entries;
    size_t count, room;
} diary;

enum column
diary_column(const struct member *member)
{
    return (enum column)(COLUMN_SERVICES + (member - sim.members));
}

static void
add(struct entry entry, const char *order_id)
{
    if (diary.count == diary.room) {
        diary.room = diary.room == 0 ? 256 : 2 * diary.room;
        diary.entries = memory_resize(diary.entries, diary.room, sizeof(*diary.entries));
    }
    entry.at_us = sim_now_us() - SIM_BEGINNING_MS * 1000;
    if (order_id != NULL)
        snprintf(entry.order_id, sizeof(entry.order_id), "%s", order_id);
    diary.entries[diary.count++] = entry;
}

void
diary_arrow(enum column from, enum column to, const char *order_id, const char *text)
{
    add((struct entry){ .from = from, .to = to, .text = text }, order_id);
}

void
diary_note(enum column at, char mark, const char *order_id, const char *text)
{
    add((struct entry){ .from = at, .to = at, .text = text, .mark = mark }, order_id);
}

/* ---- drawing ---- */

static bool
concerns(const struct entry *entry, const char *order_id)
{
    return strcmp(entry->order_id, order_id) == 0;
}

static void
draw(const struct entry *entry, FILE *out)
{
    char when[20];

    snprintf(when, sizeof(when), "%11.4f s", (double)entry->at_us / 1e6);
    if (entry->from == entry->to)
        sequence_note(out, when, entry->from, entry->mark, entry->text);
    else
        sequence_arrow(out, when, entry->from, entry->to, entry->text);
}

void
diary_draw(const char *order_id, FILE *out)
{
    size_t first = 0, last = diary.count;
    int drawn = 0, left = 0;

    while (first < last && !concerns(&diary.entries[first], order_id))
        first++;
    while (last > first && !concerns(&diary.entries[last - 1], order_id))
        last--;
    sequence_head(out);
    for (size_t i = first; i < last; i++) {
        const struct entry *entry = &diary.entries[i];

        if (!concerns(entry, order_id) && entry->order_id[0] != '\0')
            continue;
        if (++drawn <= LINES_DRAWN)
            draw(entry, out);
        else
            left++;
    }
    if (left > 0)
        fprintf(out, "                %d more lines: --trace - shows them\n", left);
}

void
diary_release(void)
{
    free(diary.entries);
}
