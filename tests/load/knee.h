/* The search for the knee: the highest rate whose backlog does not grow, which could be kept up for ever. Rates are probed
 * one at a time, twice the last one until one is too high, then between the two until they are 5 % apart. Knows neither
 * orders nor clocks. */
#ifndef KNEE_H
#define KNEE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out;

enum { KNEE_PROBES = 100, KNEE_SAMPLES = 200 /* of a probe */, KNEE_RATE_MAX = 100000 };

/* What was seen while orders were due at one rate. */
struct probe {
    int64_t rate;                       /* due a second */
    double done;                        /* came to their ends, a second */
    double p50_ms, p99_ms;              /* due to notified */
    double backlog_begin, backlog_end;  /* orders due but not ended: medians of its third and of its last quarter */
    double growth;                      /* from the one to the other, orders a second */
    bool held;                          /* the backlog did not grow */
};

struct knee {
    int64_t from;
    int64_t low, high;                  /* the highest rate that held, the lowest that did not; 0: none */
    int64_t doubted;                    /* did not hold once, and is to be tried again */
    int count;
    struct probe probes[KNEE_PROBES];
};

void knee_init(struct knee *knee, int64_t from);
/* The rate to probe next; 0: the search is over, and low is the knee. */
int64_t knee_next(const struct knee *knee);
/* Its rate is the one that was next. */
void knee_add(struct knee *knee, const struct probe *probe);

/* Fills in what follows from the backlog, sampled at even times over so many seconds; sorts samples. Medians, so that a
 * stall of less than an eighth of the probe changes nothing. It holds if the backlog is less than what is due in a tenth of
 * a second, or it is less than what is due in a second and grows by less than 2 % of the rate: what is due and not served
 * waits the longer the longer the probe, and by Little's law the backlog is the rate times the mean time to the end. */
void probe_judge(struct probe *probe, int64_t *samples, int count, double seconds);

/* One line for a person. */
void probe_print(const struct probe *probe, FILE *out);
void knee_print(const struct knee *knee, FILE *out);
/* Its member "knee". */
void knee_json(const struct knee *knee, struct json_out *out);

#endif
