#include "status.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum status status;
    unsigned later;         /* the states it may be seen in afterwards */
} moves[] = {
    { "CREATED", CREATED, PAID | REJECTED | CANCELLED | REFUNDED },
    { "PAID", PAID, CANCELLED | REFUNDED },
    { "REJECTED", REJECTED, 0 },
    { "CANCELLED", CANCELLED, REFUNDED },
    { "REFUNDED", REFUNDED, 0 },
};

enum { MOVES = sizeof(moves) / sizeof(moves[0]) };

enum status
status_parse(const char *name, size_t size)
{
    for (int i = 0; i < MOVES; i++)
        if (strlen(moves[i].name) == size && memcmp(name, moves[i].name, size) == 0)
            return moves[i].status;
    return NOT_ORDERED;
}

enum status
status_of_kind(const char *kind)
{
    for (int i = 1; i < MOVES; i++)
        if (strcasecmp(kind, moves[i].name) == 0)
            return moves[i].status;
    return NOT_ORDERED;
}

const char *
status_names(unsigned set, char text[STATUS_TEXT])
{
    size_t used = 0;

    strcpy(text, "none");
    for (int i = 0; i < MOVES; i++)
        if ((set & moves[i].status) != 0)
            used += (size_t)snprintf(text + used, STATUS_TEXT - used, "%s%s", used > 0 ? " or " : "", moves[i].name);
    return text;
}

static unsigned
later_than(enum status status)
{
    for (int i = 0; i < MOVES; i++)
        if (moves[i].status == status)
            return moves[i].later;
    return ~0u;
}

bool
status_may_follow(enum status earlier, enum status later)
{
    return earlier == later || (later_than(earlier) & later) != 0;
}

bool
status_may_reach(enum status status, unsigned set)
{
    return ((later_than(status) | status) & set) != 0;
}

/* Every move goes to one with a higher bit. */
enum status
status_latest(unsigned set)
{
    for (int i = MOVES - 1; i >= 0; i--)
        if ((set & moves[i].status) != 0)
            return moves[i].status;
    return NOT_ORDERED;
}

bool
status_contradict(unsigned set)
{
    for (int i = 0; i < MOVES; i++)
        if ((set & moves[i].status) != 0 && !status_may_follow(moves[i].status, status_latest(set)))
            return true;
    return false;
}
