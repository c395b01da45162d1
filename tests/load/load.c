#include "load.h"

#include "news.h"
#include "prepare.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- what happens, the last first ---- */

static void
on_second(evutil_socket_t fd, short what, void *context)
{
    struct load *load = context;

    (void)fd, (void)what;
    if (load->ending)
        return;
    journal_second(&load->journal);
    if (load->run.history != NULL)
        fflush(load->run.history);
}

static void
on_reported(void *context)
{
    struct load *load = context;

    load->ended = true;
    event_base_loopbreak(load->run.base);
}

/* Waits for what is still to be heard. */
static void
on_drain(evutil_socket_t fd, short what, void *context)
{
    static const struct timeval soon = { .tv_usec = 20000 };
    struct load *load = context;
    struct run *run = &load->run;

    (void)fd, (void)what;
    if (news_pending(run->news) > 0 && run_now_us(run) < load->drain_until_us) {
        event_add(load->drain, &soon);
        return;
    }
    load->ending = true;
    journal_last_second(&load->journal, on_reported, load);
}

static void
on_all_played(void *context)
{
    struct load *load = context;

    load->drain_until_us = run_now_us(&load->run) + load->run.arguments.drain_s * 1000000;
    event_active(load->drain, EV_TIMEOUT, 0);
}

static void
fail_to_begin(struct load *load, const char *problem)
{
    fprintf(stderr, "load: %s\n", problem);
    event_base_loopbreak(load->run.base);
}

/* Waits until nothing that happens is missed. */
static void
on_begin(evutil_socket_t fd, short what, void *context)
{
    static const struct timeval soon = { .tv_usec = 20000 }, second = { .tv_sec = 1 };
    struct load *load = context;
    struct run *run = &load->run;

    (void)fd, (void)what;
    if (!news_is_ready(run->news)) {
        if (run_now_us(run) < load->ready_until_us)
            event_add(load->begin, &soon);
        else
            fail_to_begin(load, news_problem(run->news));
        return;
    }
    load->running = true;
    event_add(load->second, &second);
    run->patience.retries = 0;
    results_begin(&run->results, run_now_us(run));
    journal_begin(&load->journal, run);
    if (run->arguments.find_knee)
        knee_run_begin(&load->knee, run, &load->schedule, on_all_played, load);
    else
        schedule_begin(&load->schedule, run, run->mix->segments, run->mix->segment_count, on_all_played, load);
}

/* Accounts that are waited for are no part of what is measured. */
static void
on_prepared(void *context, char *problem)
{
    struct load *load = context;
    struct run *run = &load->run;

    if (problem != NULL) {
        fail_to_begin(load, problem);
        free(problem);
        return;
    }
    load->ready_until_us = run_now_us(run) + run->arguments.give_up_s * 1000000;
    event_active(load->begin, EV_TIMEOUT, 0);
}

/* The first time nothing new is begun, the second time nothing is waited for. */
static void
on_signal(evutil_socket_t fd, short what, void *context)
{
    struct load *load = context;

    (void)fd, (void)what;
    if (!load->running || load->schedule.stopped)
        event_base_loopbreak(load->run.base);
    else {
        knee_run_stop(&load->knee);
        schedule_stop(&load->schedule);
    }
}

/* ---- from beginning to end ---- */

static void
allow_many_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int
conclude(struct load *load)
{
    struct run *run = &load->run;
    struct results_context context = {
        .flows = run->arguments.flow, .clients = mix_clients(run->mix), .rate = mix_rate(run->mix),
        .retries = run->patience.retries, .source = news_is_complete(run->news) ? "the stream of events" : "the topic",
        .knee = run->arguments.find_knee ? &load->knee.knee : NULL,
    };

    if (!load->running)
        return 1;
    news_give_up(run->news);
    results_end(&run->results);
    return journal_conclude(&load->journal, &context, load->ended) ? 0 : 1;
}

static void
watch(struct load *load)
{
    struct event_base *base = load->run.base;

    load->second = event_new(base, -1, EV_PERSIST, on_second, load);
    load->begin = event_new(base, -1, 0, on_begin, load);
    load->drain = event_new(base, -1, 0, on_drain, load);
    load->interrupt = evsignal_new(base, SIGINT, on_signal, load);
    load->terminate = evsignal_new(base, SIGTERM, on_signal, load);
    event_add(load->interrupt, NULL);
    event_add(load->terminate, NULL);
}

static void
unwatch(struct load *load)
{
    event_free(load->second);
    event_free(load->begin);
    event_free(load->drain);
    event_free(load->interrupt);
    event_free(load->terminate);
}

int
load_run(struct load *load)
{
    struct run *run = &load->run;
    int result;

    allow_many_files();
    run_init(run);
    watch(load);
    load->preparation = prepare(run, on_prepared, load);
    event_base_dispatch(run->base);
    result = conclude(load);
    preparation_free(load->preparation);
    knee_run_release(&load->knee);
    schedule_release(&load->schedule);
    unwatch(load);
    journal_release(&load->journal);
    run_release(run);
    return result;
}
