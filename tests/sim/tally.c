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

void
tally_print(const struct tally *tally, double seconds, FILE *out)
{
    int64_t kills = tally->faults[MISHAP_KILL] + tally->faults[MISHAP_SEGV];

    fprintf(out, "%" PRId64 " runs, %" PRId64 " orders in %.0f s (%.0f a second): %" PRId64 " paid, %" PRId64 " rejected, %"
            PRId64 " cancelled (%" PRId64 " expired, %" PRId64 " could not be published), %" PRId64 " refunded\n", tally->runs, tally->orders, seconds,
            seconds > 0 ? (double)tally->orders / seconds : 0, tally->paid, tally->rejected, tally->cancelled,
            tally->expired, tally->unpublished, tally->refunded);
    fprintf(out, "%.1f simulated hours, %" PRId64 " steps, %" PRId64 " crashes; %" PRId64 " requests, %" PRId64
            " never answered\n", (double)tally->simulated_us / 3.6e9, tally->steps, kills, tally->requests,
            tally->unanswered);
    fprintf(out, "%" PRId64 " records written, %" PRId64 " read, %" PRId64 " events handled before; %" PRId64
            " dead letters, %" PRId64 " decisions of operators\nfaults:", tally->appended, tally->delivered, tally->duplicates,
            tally->dead_letters, tally->decided);
    for (int i = 0; i < MISHAPS; i++)
        fprintf(out, " %s %" PRId64 "%s", mishap_kinds[i].name, tally->faults[i], i + 1 < MISHAPS ? "," : "\n");
}
