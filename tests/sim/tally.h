/* What happened in a run, or in many. Plain numbers: a run's process hands them to its parent as bytes. */
#ifndef TALLY_H
#define TALLY_H

#include "plan.h"

struct tally {
    int64_t runs, orders, paid, rejected, cancelled, refunded;
    int64_t requests, unanswered;          /* what customers sent; what they never heard of */
    int64_t steps, choices, simulated_us;
    int64_t expired, unpublished;          /* of the cancelled */
    int64_t appended, delivered, duplicates;
    int64_t dead_letters, decided;
    int64_t violations;
    int64_t faults[MISHAPS];
};

void tally_add(struct tally *sum, const struct tally *tally);
/* Services that died in the middle of something. */
int64_t tally_crashes(const struct tally *tally);
/* A few lines for people; seconds 0: it does not matter how long it took. */
void tally_print(const struct tally *tally, double seconds, FILE *out);

#endif
