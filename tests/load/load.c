#include "load.h"

#include "notified.h"
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
    if (run->notified != NULL && notified_pending(run->notified) > 0 && run_now_us(run) < load->drain_until_us) {
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

/* Accounts that are waited for are no part of what is measured. */
static void
on_prepared(void *context, char *problem)
{
    static const struct timeval second = { .tv_sec = 1 };
    struct load *load = context;
    struct run *run = &load->run;

    if (problem != NULL) {
        fprintf(stderr, "load: %s\n", problem);
        free(problem);
        event_base_loopbreak(run->base);
        return;
    }
    load->running = true;
    event_add(load->second, &second);
    run->patience.retries = 0;
    results_begin(&run->results, run_now_us(run));
    journal_begin(&load->journal, run);
    schedule_begin(&load->schedule, run, on_all_played, load);
}

/* The first time nothing new is begun, the second time nothing is waited for. */
static void
on_signal(evutil_socket_t fd, short what, void *context)
{
    struct load *load = context;

    (void)fd, (void)what;
    if (!load->running || load->schedule.stopped)
        event_base_loopbreak(load->run.base);
    else
        schedule_stop(&load->schedule);
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
        .flows = run->arguments.flows, .clients = run->arguments.clients, .rate = run->arguments.rate,
        .retries = run->patience.retries, .waits_queued = run_waits_queued(run), .notified = run->notified != NULL,
    };

    if (!load->running)
        return 1;
    if (run->notified != NULL)
        notified_give_up(run->notified);
    results_end(&run->results);
    return journal_conclude(&load->journal, &context, load->ended) ? 0 : 1;
}

static void
watch(struct load *load)
{
    struct event_base *base = load->run.base;

    load->second = event_new(base, -1, EV_PERSIST, on_second, load);
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
    event_free(load->drain);
    event_free(load->interrupt);
    event_free(load->terminate);
}

int
load_run(struct load *load)
{
    struct run *run = &load->run;
    char *error = NULL;
    int result = 1;

    allow_many_files();
    run_init(run);
    watch(load);
    if (run->arguments.brokers != NULL && (run->notified = notified_new(run, &error)) == NULL) {
        fprintf(stderr, "load: %s\n", error);
        free(error);
    } else {
        load->preparation = prepare(run, on_prepared, load);
        event_base_dispatch(run->base);
        result = conclude(load);
    }
    preparation_free(load->preparation);
    schedule_release(&load->schedule);
    unwatch(load);
    journal_release(&load->journal);
    run_release(run);
    return result;
}
