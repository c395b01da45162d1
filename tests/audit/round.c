#include "round.h"

#include "records.h"
#include "topics.h"

#include <stdlib.h>
#include <time.h>

static int
shards_of(const struct round *round)
{
    return round->options->count[AUDIT_ORDER];
}

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the first reading ---- */

static int
attach_all(struct half *half, int shard)
{
    const struct options *options = half->round->options;

    for (int i = 0; i < AUDITED; i++)
        if (audit_attach(half->audits[shard], (enum audited)i, options->paths[i][shard], &half->error) != 0)
            return -1;
    if (options->history != NULL && audit_history(half->audits[shard], options->history, &half->error) != 0)
        return -1;
    return audit_begin(half->audits[shard], &half->error);
}

/* ---- the topics ---- */

static void
on_broker(void *context, const char *identity)
{
    struct half *half = context;

    for (int i = 0; i < shards_of(half->round); i++)
        audit_broker(half->audits[i], identity);
}

static void
on_log(void *context, enum topic topic, int partition, int64_t low, int64_t high)
{
    struct half *half = context;

    for (int i = 0; i < shards_of(half->round); i++)
        audit_log(half->audits[i], topic, partition, low, high);
}

static int
on_record(void *context, const struct record *record)
{
    struct half *half = context;

    half->round->records++;
    return audit_record(half->audits[records_home(record) % shards_of(half->round)], record);
}

static void
copy_text(void *text, const char *const *columns)
{
    snprintf(text, 120, "%s", columns[0] == NULL ? "" : columns[0]);
}

static int
read_topics(struct half *half)
{
    const struct options *options = half->round->options;
    const struct topics_listener listener = { on_broker, on_log, on_record, half };
    char prefix[120] = "";
    double begun = now_s();
    int result;

    audit_select(half->audits[0], "SELECT topic_prefix FROM order_svc.meta", NULL, copy_text, prefix);
    result = topics_read(&(struct topics_options){ options->brokers, options->properties,
                                                   options->prefix == NULL ? prefix : options->prefix },
                         &listener, &half->error);
    half->round->records_s = now_s() - begun;
    return result;
}

/* ---- the checks ---- */

static int
check_all(struct half *half)
{
    const struct options *options = half->round->options;
    unsigned given = half->part | (options->live ? 0u : QUIET) | (options->history == NULL ? 0u : HISTORY)
                     | (half->part != 0 && options->brokers != NULL ? RECORDS : 0u);
    struct audit_listener listener = report_listener(&half->report);

    for (int i = 0; i < shards_of(half->round); i++) {
        report_begin(&half->report, i);
        if (audit_run(half->audits[i], given, half->part, &listener, &half->error) < 0)
            return -1;
    }
    return 0;
}

static void *
run_half(void *context)
{
    struct half *half = context;

    for (int i = 0; i < shards_of(half->round) && !half->failed; i++)
        half->failed = attach_all(half, i) != 0;
    if (!half->failed && half->part != 0 && half->round->options->brokers != NULL)
        half->failed = read_topics(half) != 0;
    if (!half->failed)
        half->failed = check_all(half) != 0;
    return NULL;
}

/* ---- the round ---- */

static void
half_init(struct half *half, struct round *round, unsigned part, bool keep_all)
{
    *half = (struct half){ .round = round, .part = part };
    for (int i = 0; i < shards_of(round); i++)
        half->audits[i] = audit_new();
    report_init(&half->report, keep_all);
}

void
round_init(struct round *round, const struct options *options, bool keep_all)
{
    *round = (struct round){ .options = options };
    half_init(&round->halves[0], round, 0, keep_all);
    half_init(&round->halves[1], round, EVENTS, keep_all);
}

void
round_release(struct round *round)
{
    for (int i = 0; i < HALVES; i++) {
        report_release(&round->halves[i].report);
        for (int shard = 0; shard < shards_of(round); shard++)
            audit_free(round->halves[i].audits[shard]);
        free(round->halves[i].error);
    }
}

int
round_run(struct round *round, const char **error)
{
    struct audit_listener listener = report_listener(&round->halves[0].report);
    double begun = now_s();
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_half, &round->halves[1]) != 0)
        abort();            /* there is no memory */
    run_half(&round->halves[0]);
    pthread_join(thread, NULL);
    round->seconds = now_s() - begun;
    for (int i = 0; i < HALVES; i++)
        if (round->halves[i].failed) {
            *error = round->halves[i].error;
            return -1;
        }
    report_begin(&round->halves[0].report, -1);
    shards_check(round->halves[0].audits, shards_of(round), &listener);
    for (int i = 0; i < HALVES; i++)
        round->reports[i] = round->halves[i].report;
    return 0;
}

struct findings
round_findings(const struct round *round)
{
    return (struct findings){ round->reports, HALVES, round->halves[1].audits, shards_of(round) };
}
