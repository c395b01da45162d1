#include "watch.h"

#include "../../common/base/memory.h"
#include "round.h"

#include <inttypes.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct watching {
    const struct options *options;
    pthread_mutex_t printing;   /* held while the lines of a round are written */
    int status, rounds;         /* of the last verdict */
    int64_t found;              /* violations, each counted once */
    void *seen;                 /* of tsearch: their names */
};

/* ---- the end ---- */

/* Nothing has to be tidied up: the databases are only read, temporary files have no names. */
static void *
wait_for_end(void *context)
{
    struct watching *watching = context;
    sigset_t signals;
    int signal;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigwait(&signals, &signal);
    pthread_mutex_lock(&watching->printing);
    printf("ended after %d rounds, which have found %" PRId64 " violations\n", watching->rounds, watching->found);
    fflush(stdout);
    _exit(watching->status);
}

/* Every thread that is made later leaves the two signals to that one. */
static void
begin(struct watching *watching)
{
    sigset_t signals;
    pthread_t thread;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    pthread_mutex_init(&watching->printing, NULL);
    if (pthread_create(&thread, NULL, wait_for_end, watching) != 0)
        abort();            /* there is no memory */
}

/* ---- a round ---- */

static int
compare(const void *one, const void *other)
{
    return strcmp(one, other);
}

/* What is wrong with an order may be put into other words later; it is the same violation. */
static bool
is_new(struct watching *watching, const struct noted *noted)
{
    const char *about = noted->order_id != NULL ? noted->order_id : noted->what == NULL ? "" : noted->what;
    char *name = memory_new(strlen(noted->check->name) + strlen(about) + 2, 1);

    sprintf(name, "%s %s", noted->check->name, about);
    if (tfind(name, &watching->seen, compare) == NULL) {
        tsearch(name, &watching->seen, compare);        /* it is theirs now */
        return true;
    }
    free(name);
    return false;
}

static void
print_new(struct watching *watching, const struct findings *findings)
{
    int64_t before = watching->found;

    for (int i = 0; i < findings->count; i++)
        for (size_t k = 0; k < findings->reports[i].kept; k++)
            if (is_new(watching, &findings->reports[i].noted[k]) && ++watching->found - before <= REPORT_SHOWN)
                findings_print_one(findings, &findings->reports[i].noted[k], stdout);
    if (watching->found - before > REPORT_SHOWN)
        printf("      %" PRId64 " more\n", watching->found - before - REPORT_SHOWN);
}

static void
print_time(const struct watching *watching, const struct round *round)
{
    time_t now = time(NULL);
    char text[16];
    struct tm utc;

    strftime(text, sizeof(text), "%H:%M:%S", gmtime_r(&now, &utc));
    printf("%s round %d, %.1f s: ", text, watching->rounds, round->seconds);
}

static void
run_once(struct watching *watching)
{
    struct findings findings;
    const char *error = NULL;
    struct round round;
    bool failed;

    round_init(&round, watching->options, true);
    failed = round_run(&round, &error) != 0;
    pthread_mutex_lock(&watching->printing);
    watching->rounds++;
    print_time(watching, &round);
    if (failed) {
        printf("NO VERDICT: %s\n", error);
        watching->status = 2;
    } else {
        findings = round_findings(&round);
        findings_print_verdict(&findings, stdout);
        print_new(watching, &findings);
        watching->status = findings_violations(&findings) > 0;
    }
    fflush(stdout);
    pthread_mutex_unlock(&watching->printing);
    round_release(&round);
}

void
watch(const struct options *options)
{
    struct watching watching = { .options = options, .status = 2 };

    begin(&watching);
    for (;;) {
        run_once(&watching);
        sleep((unsigned)options->watch_s);
    }
}
