#include "knee_run.h"

#include "news.h"
#include "run.h"
#include "schedule.h"

#include <event2/event.h>
#include <string.h>

static void begin_probe(struct knee_run *search);

/* ---- what is measured ---- */

static int64_t
probe_us(const struct knee_run *search)
{
    return search->run->arguments.probe_s * 1000000;
}

/* Until now: a histogram only grows. */
static const struct latency *
notified(struct results *results)
{
    latency_move(&results->total[TO_NOTIFIED], &results->second[TO_NOTIFIED]);
    return &results->total[TO_NOTIFIED];
}

static void
judge(struct knee_run *search)
{
    struct probe *probe = &search->probe;
    double seconds = (double)search->run->arguments.probe_s;
    struct latency latency;

    latency_between(&latency, &search->notified_before, notified(&search->run->results));
    probe->done = (double)(search->run->results.done - search->done_before) / seconds;
    probe->p50_ms = latency_ms(&latency, 0.5);
    probe->p99_ms = latency_ms(&latency, 0.99);
    probe_judge(probe, search->backlog, search->samples, seconds);
    probe_print(probe, stdout);
    fflush(stdout);
    knee_add(&search->knee, probe);
}

/* The orders that are due are counted by the clock, whether or not they could be sent. */
static void
on_sample(evutil_socket_t fd, short what, void *context)
{
    struct knee_run *search = context;
    int64_t elapsed = run_now_us(search->run) - search->begin_us;
    double due = (double)search->probe.rate * (double)elapsed / 1e6;

    (void)fd, (void)what;
    if (elapsed < probe_us(search) && search->samples < KNEE_SAMPLES) {
        search->backlog[search->samples++] = (int64_t)due - (int64_t)(search->run->results.done - search->done_before);
        return;
    }
    event_del(search->sample);
    judge(search);
}

/* ---- one after the other, the last first ---- */

static void
on_quiet(evutil_socket_t fd, short what, void *context)
{
    static const struct timeval soon = { .tv_usec = 20000 };
    struct knee_run *search = context;

    (void)fd, (void)what;
    if (news_pending(search->run->news) > 0 && run_now_us(search->run) < search->quiet_until_us)
        event_add(search->quiet, &soon);
    else if (search->stopped || knee_next(&search->knee) == 0)
        search->on_end(search->context);
    else
        begin_probe(search);
}

/* All orders of the probe have ended. */
static void
on_played(void *context)
{
    struct knee_run *search = context;

    if (event_pending(search->sample, EV_TIMEOUT, NULL)) {
        event_del(search->sample);
        if (!search->stopped)
            judge(search);
    }
    search->quiet_until_us = run_now_us(search->run) + search->run->arguments.drain_s * 1000000;
    event_active(search->quiet, EV_TIMEOUT, 0);
}

static void
begin_probe(struct knee_run *search)
{
    int64_t period = probe_us(search) / KNEE_SAMPLES;
    struct timeval every = { .tv_sec = period / 1000000, .tv_usec = period % 1000000 };

    search->probe = (struct probe){ .rate = knee_next(&search->knee) };
    search->notified_before = *notified(&search->run->results);
    search->done_before = search->run->results.done;
    search->begin_us = run_now_us(search->run);
    search->samples = 0;
    event_add(search->sample, &every);
    search->segment = segment_hold((double)search->probe.rate, probe_us(search));
    schedule_release(search->schedule);
    schedule_begin(search->schedule, search->run, &search->segment, 1, on_played, search);
}

/* ---- life ---- */

void
knee_run_begin(struct knee_run *search, struct run *run, struct schedule *schedule, void (*on_end)(void *context),
               void *context)
{
    *search = (struct knee_run){ .run = run, .schedule = schedule, .on_end = on_end, .context = context };
    search->sample = event_new(run->base, -1, EV_PERSIST, on_sample, search);
    search->quiet = event_new(run->base, -1, 0, on_quiet, search);
    knee_init(&search->knee, run->arguments.knee_from);
    begin_probe(search);
}

void
knee_run_stop(struct knee_run *search)
{
    search->stopped = true;
}

void
knee_run_release(struct knee_run *search)
{
    if (search->run == NULL)
        return;
    event_free(search->sample);
    event_free(search->quiet);
}
