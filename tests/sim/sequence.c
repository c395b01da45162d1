#include "sequence.h"

#include <string.h>

enum { FIRST = 16, DISTANCE = 24, ROW = FIRST + COLUMNS * DISTANCE + 120 };

static const char *const names[COLUMNS] = { "client", "order-svc", "payment-svc", "notify-svc", "broker" };

static int
place_of(enum column column)
{
    return FIRST + (int)column * DISTANCE;
}

/* What does not fit is left out. */
static void
put(char row[ROW], int place, const char *text)
{
    int size = (int)strlen(text), room = ROW - 1 - place;

    if (room > 0)
        memcpy(row + place, text, (size_t)(size < room ? size : room));
}

static void
begin(char row[ROW], const char *when)
{
    memset(row, ' ', ROW);
    put(row, 0, when);
    for (int i = 0; i < COLUMNS; i++)
        row[place_of((enum column)i)] = '|';
}

static void
end(char row[ROW], FILE *out)
{
    int size = ROW;

    while (size > 0 && row[size - 1] == ' ')
        size--;
    fprintf(out, "%.*s\n", size, row);
}

void
sequence_head(FILE *out)
{
    char row[ROW];

    memset(row, ' ', ROW);
    for (int i = 0; i < COLUMNS; i++)
        put(row, place_of((enum column)i) - (int)strlen(names[i]) / 2, names[i]);
    end(row, out);
    begin(row, "");
    end(row, out);
}

void
sequence_arrow(FILE *out, const char *when, enum column from, enum column to, const char *text)
{
    int left = place_of(from < to ? from : to) + 1, right = place_of(from < to ? to : from) - 1;
    int room = right - left - 3, size = (int)strlen(text);
    char row[ROW], label[DISTANCE * COLUMNS];

    begin(row, when);
    memset(row + left, '-', (size_t)(right - left + 1));
    row[from < to ? right : left] = from < to ? '>' : '<';
    snprintf(label, sizeof(label), " %.*s ", room < size ? room : size, text);
    put(row, left + (right - left + 1 - (int)strlen(label)) / 2, label);
    end(row, out);
}

void
sequence_note(FILE *out, const char *when, enum column at, char mark, const char *text)
{
    char row[ROW];

    begin(row, when);
    row[place_of(at)] = mark;
    put(row, place_of(at) + 1, " ");
    put(row, place_of(at) + 2, text);
    put(row, place_of(at) + 2 + (int)strlen(text), " ");
    end(row, out);
}
