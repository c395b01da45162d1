/* Reads, when it is asked to, every process of the set: the services by their /metrics, over kept connections of its
 * own, others of this machine by /proc. What does not answer in time leaves a gap. */
#ifndef LOAD_SAMPLER_H
#define LOAD_SAMPLER_H

#include "process.h"

struct arguments;
struct clock;
struct event_base;
struct sampler;

/* on_round is called from the loop when all have answered, at the latest after 0.8 s. What is passed in must outlive
 * it. */
struct sampler *sampler_new(struct event_base *base, const struct clock *clock, const struct arguments *arguments,
                            void (*on_round)(void *context), void *context);
/* NULL does nothing. */
void sampler_free(struct sampler *sampler);

/* Begins a round; one that is under way ends here. */
void sampler_ask(struct sampler *sampler);

/* All of them, in an order that never changes. */
const struct process *sampler_processes(const struct sampler *sampler, int *count);

#endif
