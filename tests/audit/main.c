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

/* Half of the checks, on connections of its own: those that need the events, and all others. */
struct half {
    const struct options *options;
    unsigned part;                  /* EVENTS or 0 */
    struct audit *audit;
    struct report report;
    int64_t violations;
    char *error;
};

static int
attach_all(struct half *half)
{
    for (int i = 0; i < AUDITED; i++)
        if (audit_attach(half->audit, (enum audited)i, half->options->paths[i], &half->error) != 0)
            return -1;
    if (half->options->history == NULL)
        return 0;
    return audit_history(half->audit, half->options->history, &half->error);
}

static void *
run(void *context)
{
    struct half *half = context;
    unsigned given = half->part | (half->options->live ? 0u : QUIET) | (half->options->history == NULL ? 0u : HISTORY);
    struct audit_listener listener = report_listener(&half->report);

    half->violations = -1;
    if (attach_all(half) == 0)
        half->violations = audit_run(half->audit, given, half->part, &listener, &half->error);
    return NULL;
}

/* Answers the exit status. */
static int
print(struct half halves[HALVES])
{
    const struct report reports[HALVES] = { halves[0].report, halves[1].report };

    for (int i = 0; i < HALVES; i++)
        if (halves[i].violations < 0) {
            warnx("%s", halves[i].error);
            return 2;
        }
    return reports_print(reports, HALVES, halves[1].audit, stdout, isatty(STDOUT_FILENO) == 1) > 0;
}

static int
audit_all(const struct options *options)
{
    struct half halves[HALVES] = { { .options = options, .part = 0 }, { .options = options, .part = EVENTS } };
    pthread_t thread;
    int status;

    for (int i = 0; i < HALVES; i++) {
        halves[i].audit = audit_new();
        report_init(&halves[i].report, options->verbose);
    }
    if (pthread_create(&thread, NULL, run, &halves[1]) != 0)
        errx(2, "cannot start a thread");
    run(&halves[0]);
    pthread_join(thread, NULL);
    status = print(halves);
    for (int i = 0; i < HALVES; i++) {
        report_release(&halves[i].report);
        audit_free(halves[i].audit);
        free(halves[i].error);
    }
    return status;
}

int
main(int argc, char **argv)
{
    struct options options;

    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);     /* counting memory makes the two halves wait for each other */
    if (options_read(&options, argc, argv) != 0) {
        warnx("audit --help says how it is used");
        return 2;
    }
    if (options.help) {
        options_print_help();
        return 0;
    }
    return audit_all(&options);
}
