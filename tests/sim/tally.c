#include "tally.h"

#include <inttypes.h>

/* A struct of nothing but numbers. */
void
tally_add(struct tally *sum, const struct tally *tally)
{
    const int64_t *from = (const int64_t *)tally;
    int64_t *to = (int64_t *)sum;

    for (size_t i = 0; i < sizeof(*tally) / sizeof(*from); i++)
        to[i] += from[i];
}

struct number {
    int64_t number;
    const char *noun;
};

/* Ends with noun NULL. */
static void
print_numbers(FILE *out, const struct number *numbers)
{
    for (int i = 0; numbers[i].noun != NULL; i++)
        fprintf(out, "%s%" PRId64 " %s", i == 0 ? "" : ", ", numbers[i].number, numbers[i].noun);
    fputs("\n", out);
}

#define LINE(out_, ...) print_numbers((out_), (const struct number[]){ __VA_ARGS__, { 0, NULL } })

int64_t
tally_crashes(const struct tally *tally)
{
    return tally->faults[MISHAP_KILL] + tally->faults[MISHAP_SEGV];
}

void
tally_print(const struct tally *tally, double seconds, FILE *out)
{
    fprintf(out, "%" PRId64 " runs, %" PRId64 " orders", tally->runs, tally->orders);
    if (seconds > 0)
        fprintf(out, " in %.0f s: %.0f a second", seconds, (double)tally->orders / seconds);
    fprintf(out, "; %.1f simulated hours\n", (double)tally->simulated_us / 3.6e9);
    LINE(out, { tally->paid, "paid" }, { tally->rejected, "rejected" }, { tally->cancelled, "cancelled" },
         { tally->refunded, "refunded" }, { tally->expired, "expired" }, { tally->unpublished, "never published" });
    LINE(out, { tally_crashes(tally), "crashes" }, { tally->steps, "steps" }, { tally->requests, "requests" },
         { tally->unanswered, "of them without an answer" });
    LINE(out, { tally->appended, "records written" }, { tally->delivered, "read" },
         { tally->duplicates, "events that came again" }, { tally->dead_letters, "dead letters" },
         { tally->decided, "decisions of operators" });
    fputs("faults: ", out);
    for (int i = 0; i < MISHAPS; i++)
        fprintf(out, "%s%s %" PRId64, i == 0 ? "" : ", ", mishap_kinds[i].name, tally->faults[i]);
    fputs("\n", out);
}
