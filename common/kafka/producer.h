/* The producer: hands records to the broker and reports for each what became of it. */
#ifndef PRODUCER_H
#define PRODUCER_H

#include "../base/record.h"

#include <stdbool.h>

struct client_options;
struct event_base;
struct producer;

/* What became of a record. */
enum report {
    REPORT_ACKNOWLEDGED,   /* in every in-sync replica */
    REPORT_REFUSED,        /* the broker will not have this record; why says so */
    REPORT_TOPIC_REFUSED,  /* nothing on this topic now: not authorized, not there, against a policy */
    REPORT_LOST            /* the producer gave it back undecided: send it again */
};

struct producer_listener {
    /* tag is what producer_send was given. why is NULL when acknowledged. */
    void (*on_report)(void *context, int64_t tag, enum report report, const char *why);
    /* No broker can be reached (fatal=false), or the producer cannot go on and has to be replaced (fatal=true). Called
     * after all reports that there were; the listener may free the producer. */
    void (*on_down)(void *context, bool fatal);
    void *context;
};

/* topics: names on the broker by enum topic, those of dead letters too. NULL on failure, logged. */
struct producer *producer_new(struct event_base *base, const struct client_options *options,
                              const char *const topics[ALL_TOPICS], struct producer_listener listener);
/* What was not reported never will be. NULL does nothing. */
void producer_free(struct producer *producer);

/* Its fatal error was that our user may write to no topic at all. */
bool producer_is_unauthorized(const struct producer *producer);

/* Copies the record into librdkafka's queue. The partition must exist: producing to one that does not, with headers,
 * is a double free below librdkafka 2.12. -1: the queue is full, try again after the next report. on_report is never called
 * from here: whoever sends may be in the middle of reading rows. */
int producer_send(struct producer *producer, const struct record *record, int64_t tag);
/* on_report will say this of the tag in a later turn of the loop, though no broker has: for faults on purpose. why must live
 * on. */
void producer_answer(struct producer *producer, int64_t tag, enum report report, const char *why);

#endif
