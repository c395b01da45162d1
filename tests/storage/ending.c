#include "ending.h"

struct ending ending;

enum how
ending_how(const struct ending *how)
{
    if (!how->whole || how->violations > 0)
        return HOW_FAILED;
    if (how->exits > 0)
        return HOW_EXITED;
    if (how->refused_starts > 0)
        return HOW_NOT_STARTED;
    if (how->turns_undone > 0)
        return HOW_BACKED_OFF;
    return how->deaths > 0 ? HOW_DIED : HOW_UNNOTICED;
}

const char *
how_name(enum how how)
{
    static const char *const names[HOWS] = { "exited", "not started", "backed off", "died", "unnoticed", "FAILED" };

    return names[how];
}
