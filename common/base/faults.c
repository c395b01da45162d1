#include "faults.h"

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "uuid.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_SLEEP_MS = 10000, LONGEST_DELAY_MS = 600000 };

const struct fault_kind fault_kinds[FAULTS] = {
    [FAULT_HANDLER_RETRIES] = { "handler-retries", "a handler does its work, then answers RETRY",
                                "table attempt, v_position standing still, events_total{result=\"retried\"}", true, 0 },
    [FAULT_HANDLER_REFUSES] = { "handler-refuses", "a handler does its work, then answers REFUSED",
                                "v_dead_letter, events_total{result=\"dead\"}, what give_up says instead", true, 0 },
    [FAULT_HANDLER_CRASHES] = { "handler-crashes", "a handler writes where nothing may be written: SIGSEGV",
                                "start it again: table attempt (crashes), then a dead letter crashed_process", true, 0 },
    [FAULT_HANDLER_SLOW] = { "handler-slow", "a handler takes MS longer, and with it the whole loop",
                             "loop_stall_seconds, http_request_duration_seconds, consumer_lag", true, LONGEST_SLEEP_MS },
    [FAULT_GIVE_UP_FAILS] = { "give-up-fails", "giving an event up fails as well",
                              "table attempt (give_ups), then a dead letter compensation_failed", true, 0 },
    [FAULT_GIVE_UP_CRASHES] = { "give-up-crashes", "giving an event up writes where nothing may be written: SIGSEGV",
                                "table attempt (crashes) up to 6, then a dead letter without compensation", true, 0 },
    [FAULT_COMMIT_FAILS] = { "commit-fails", "a turn is undone instead of committed, as after a full disk",
                             "503 to clients, group_commit_failures_total, table attempt staying empty", false, 0 },
    [FAULT_BROKER_REFUSES] = { "broker-refuses", "the broker refuses an event: MSG_SIZE_TOO_LARGE; alone, too",
                               "relay_refused_total, relay_set_aside_total, v_outbox (ABANDONED, PARKED)", true, 0 },
    [FAULT_TOPIC_REFUSES] = { "topic-refuses", "the broker refuses the topic of an event: TOPIC_AUTHORIZATION_FAILED",
                              "readyz, v_outbox (WAITING_TOPIC after 5 s); they go by themselves when it ends", true, 0 },
    [FAULT_ACK_LOST] = { "ack-lost", "the broker has an event, but its acknowledgement is lost: it is sent again",
                         "relay_lost_total, events_total{result=\"duplicate\"} at who hears it", true, 0 },
    [FAULT_EVENTS_TWICE] = { "events-twice", "an event is sent twice at once",
                             "events_total{result=\"duplicate\"} at who hears it, one row in ledger or notification", true, 0 },
    [FAULT_EVENT_DELAYED] = { "event-delayed", "an event is not handled before MS have passed since it was said",
                              "readyz (its partition waits), consumer_lag, table attempt staying empty", true,
                              LONGEST_DELAY_MS },
    [FAULT_CRASH] = { "crash", "the process ends at a named point of its work, or a write fails there; once",
                      "the log: which point; start it again: nothing is lost or doubled", false, 0 },
};

struct faults {
    const struct log *log;
    struct uuid_source chance;
    struct {
        struct fault_order order;   /* percent 0: not set */
        int64_t until_us;           /* monotonic; 0: no end */
        uint64_t count;
    } at[FAULTS];
};

struct faults *
faults_new(const struct log *log, const struct uuid_source *chance)
{
    struct faults *faults = memory_new(1, sizeof(*faults));

    faults->log = log;
    faults->chance = *chance;
    return faults;
}

void
faults_free(struct faults *faults)
{
    free(faults);
}

int
fault_parse(const char *name, enum fault *fault)
{
    for (int i = 0; i < FAULTS; i++)
        if (strcmp(name, fault_kinds[i].name) == 0) {
            *fault = (enum fault)i;
            return 0;
        }
    return -1;
}

const char *
fault_order_mistake(const struct fault_order *order)
{
    const struct fault_kind *kind = &fault_kinds[order->fault];

    if (order->type != NO_TYPE && !kind->by_type)
        return "this fault concerns no type of event: leave type out";
    if (kind->max_ms == 0 && order->ms != 0)
        return "this fault takes no ms";
    if (kind->max_ms > 0 && order->ms == 0)
        return "this fault needs ms, how many milliseconds";
    if (order->ms < 0 || order->ms > kind->max_ms)
        return "ms is too much for this fault: at most 10000 for handler-slow, 600000 for event-delayed";
    if (order->percent < 1 || order->percent > 100)
        return "percent must be 1 to 100";
    if (order->fault == FAULT_CRASH)
        return order->percent < 100 ? "this fault strikes once: leave percent out" : crash_mistake(&order->crash);
    if (order->crash.point != NO_POINT || order->crash.how != CRASH_KILL || order->crash.nth > 1)
        return "point, how and nth are for the fault crash";
    return NULL;
}

void
faults_set(struct faults *faults, const struct fault_order *order)
{
    faults->at[order->fault].order = *order;
    faults->at[order->fault].until_us =
        order->for_ms == 0 ? 0 : clock_monotonic_us(faults->log->clock) + order->for_ms * 1000;
}

/* What is left of it in µs: 0 if it is not set, or not any more. */
static int64_t
left_us(const struct faults *faults, enum fault fault)
{
    int64_t until = faults->at[fault].until_us, now;

    if (faults->at[fault].order.percent == 0)
        return 0;
    if (until == 0)
        return INT64_MAX;
    now = clock_monotonic_us(faults->log->clock);
    return until > now ? until - now : 0;
}

bool
faults_clear(struct faults *faults, enum fault fault)
{
    bool was_set = left_us(faults, fault) > 0;

    faults->at[fault].order.percent = 0;
    return was_set;
}

bool
faults_get(const struct faults *faults, enum fault fault, struct fault_order *order)
{
    int64_t left = left_us(faults, fault);

    *order = faults->at[fault].order;
    if (order->for_ms > 0)
        order->for_ms = (left + 999) / 1000;
    return left > 0;
}

uint64_t
faults_count(const struct faults *faults, enum fault fault)
{
    return faults->at[fault].count;
}

int64_t
faults_ms(const struct faults *faults, enum fault fault)
{
    return faults->at[fault].order.ms;
}

bool
faults_decide(struct faults *faults, enum fault fault, enum envelope_type type)
{
    const struct fault_order *order = &faults->at[fault].order;

    if (left_us(faults, fault) == 0 || (order->type != NO_TYPE && order->type != type))
        return false;
    if (order->percent < 100 && (int)(uuid_source_next(&faults->chance) % 100) >= order->percent)
        return false;
    faults->at[fault].count++;
    return true;
}

bool
faults_pass(struct faults *faults, enum crash_point point)
{
    struct crash *crash = &faults->at[FAULT_CRASH].order.crash;

    if (crash->point != point || left_us(faults, FAULT_CRASH) == 0 || --crash->nth > 0)
        return false;
    faults->at[FAULT_CRASH].count++;
    faults_clear(faults, FAULT_CRASH);
    return crash_strike(crash, faults->log);
}
