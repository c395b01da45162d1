/* Connections to 127.0.0.1 that all make the same attack. One that ends is opened again at once. */
#ifndef CROWD_H
#define CROWD_H

#include <stdint.h>

struct attack;
struct crowd;
struct event_base;

struct tally {
    uint64_t opened, ended;         /* connections; who is deaf does not notice that one has ended */
    uint64_t sent, received;        /* bytes */
    uint64_t answers[600];          /* by status */
};

/* on_ready is called once, when so many connections have been opened as there are members. */
struct crowd *crowd_new(struct event_base *base, const struct attack *attack, int port, int members,
                        void (*on_ready)(void));
void crowd_free(struct crowd *crowd);
const struct tally *crowd_tally(const struct crowd *crowd);

#endif
