/* audit: was anything lost, doubled or invented? */
#include "audit.h"
#include "options.h"
#include "report.h"

#include <err.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

enum { HALVES = 2 };

/* Half of the checks of all shards, on connections of its own: those that need the events, and all others. */
struct half {
    const struct options *options;
    unsigned part;                          /* EVENTS or 0 */
    struct audit *audits[SHARDS_AT_MOST];
    struct report report;
    bool failed;
    char *error;
};

static int
shards_of(const struct options *options)
{
    return options->count[AUDIT_ORDER];
}

static int
attach_all(struct half *half, int shard)
{
    for (int i = 0; i < AUDITED; i++)
        if (audit_attach(half->audits[shard], (enum audited)i, half->options->paths[i][shard], &half->error) != 0)
            return -1;
    if (half->options->history == NULL)
        return 0;
    return audit_history(half->audits[shard], half->options->history, &half->error);
}

static void *
run(void *context)
{
    struct half *half = context;
    unsigned given = half->part | (half->options->live ? 0u : QUIET) | (half->options->history == NULL ? 0u : HISTORY);
    struct audit_listener listener = report_listener(&half->report);

    for (int i = 0; i < shards_of(half->options) && !half->failed; i++) {
        report_begin(&half->report, i);
        half->failed = attach_all(half, i) != 0
                       || audit_run(half->audits[i], given, half->part, &listener, &half->error) < 0;
    }
    return NULL;
}

/* Answers the exit status. */
static int
print(struct half halves[HALVES])
{
    struct audit_listener listener = report_listener(&halves[0].report);
    int shards = shards_of(halves[0].options);
    struct report reports[HALVES];

    for (int i = 0; i < HALVES; i++)
        if (halves[i].failed) {
            warnx("%s", halves[i].error);
            return 2;
        }
    report_begin(&halves[0].report, -1);
    shards_check(halves[0].audits, shards, &listener);
    for (int i = 0; i < HALVES; i++)
        reports[i] = halves[i].report;
    return reports_print(reports, HALVES, halves[1].audits, shards, stdout, isatty(STDOUT_FILENO) == 1) > 0;
}

static void
half_init(struct half *half, const struct options *options, unsigned part)
{
    *half = (struct half){ .options = options, .part = part };
    for (int i = 0; i < shards_of(options); i++)
        half->audits[i] = audit_new();
    report_init(&half->report, options->verbose);
}

static void
half_release(struct half *half)
{
    report_release(&half->report);
    for (int i = 0; i < shards_of(half->options); i++)
        audit_free(half->audits[i]);
    free(half->error);
}

static int
audit_all(const struct options *options)
{
    struct half halves[HALVES];
    pthread_t thread;
    int status;

    half_init(&halves[0], options, 0);
    half_init(&halves[1], options, EVENTS);
    if (pthread_create(&thread, NULL, run, &halves[1]) != 0)
        errx(2, "cannot start a thread");
    run(&halves[0]);
    pthread_join(thread, NULL);
    status = print(halves);
    for (int i = 0; i < HALVES; i++)
        half_release(&halves[i]);
    return status;
}

int
main(int argc, char **argv)
{
    struct options options;
    int status;

    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);     /* counting memory makes the two halves wait for each other */
    if (options_read(&options, argc, argv) != 0) {
        warnx("audit --help says how it is used");
        return 2;
    }
    if (options.help) {
        options_print_help();
        return 0;
    }
    status = audit_all(&options);
    options_release(&options);
    return status;
}
