#include "explore.h"

#include "../../../common/base/memory.h"
#include "ends.h"
#include "search.h"
#include "story.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"      /* it forgets who keeps the report of a child */
#endif

/* How things are at the beginning, and what the customer and time may do to them, at any moment. */
static const struct course {
    const char *name, *what, *channel;
    int balance;                 /* of the customer; the order is of 2500 */
    bool cancelled, late;
    int mischief;                /* that takes less than half a minute */
} courses[] = {
    { "paid", "an order that can be paid", "console", 10000, false, false, 2 },
    { "cancelled", "it can be paid, and is cancelled at any time", "console", 10000, true, false, 1 },
    { "late", "it can be paid, but until a time that comes at any time", "console", 10000, false, true, 1 },
    { "both", "it can be paid, is cancelled, and late", "console", 10000, true, true, 0 },
    { "declined", "it cannot be paid, is cancelled, and late", "console", 2499, true, true, 1 },
    { "webhook", "it can be paid, and its customer is told by posts", "webhook", 10000, false, false, 2 },
};

enum { COURSES = sizeof(courses) / sizeof(courses[0]) };

void
explore_print_courses(FILE *out)
{
    for (int i = 0; i < COURSES; i++)
        fprintf(out, "  %-16s %s\n", courses[i].name, courses[i].what);
}

/* ---- one course ---- */

struct exploring {
    const struct course *course;
    struct rules rules;
    struct search *search;
    struct ends *ends;
    FILE *out;
};

static void
draw(const struct exploring *it)
{
    struct deed *deeds;
    struct world *worlds;
    int count = search_path(it->search, &deeds, &worlds);

    fprintf(it->out, "\nthe shortest way there, %d steps:\n\n", count);
    story_draw(&it->rules, deeds, worlds, count, it->out);
    fputc('\n', it->out);
    free(deeds);
    free(worlds);
}

/* 0, or 1 at the first thing that is wrong, which is the nearest. */
static int
go_on(const struct exploring *it)
{
    const char *wrong;

    while (search_next(it->search, &wrong))
        if (ends_judge(it->ends, search_world(it->search), it->out) > 0) {
            draw(it);
            return 1;
        }
    if (wrong == NULL)
        return 0;
    fprintf(it->out, "FAIL  %s\n", wrong);
    draw(it);
    return 1;
}

static void
print_counts(const struct exploring *it, double seconds)
{
    const char *comma = "";

    fprintf(it->out, "%s, %d at most goes wrong: %" PRId64 " states, %" PRId64 " steps between them, %" PRId64 " ends, %" PRId64
            " kinds of them judged (", it->course->name, it->rules.mischief, search_worlds(it->search), search_deeds(it->search),
            ends_count(it->ends), ends_judged(it->ends));
    for (int status = 0; status < ORDER_STATUSES; status++)
        if (ends_with(it->ends, (enum order_status)status) > 0) {
            fprintf(it->out, "%s%" PRId64 " %s", comma, ends_with(it->ends, (enum order_status)status),
                    order_status_name((enum order_status)status));
            comma = ", ";
        }
    fprintf(it->out, "); %" PRId64 " turns of real services, %" PRId64 " contents of their databases; %.1f s\n",
            turns_count(it->rules.turns), turns_snapshots(it->rules.turns), seconds);
}

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int
explore_one(const struct course *course, const struct exploration *exploration, FILE *out)
{
    struct exploring it = { .course = course, .out = out };
    double started = now();
    int result;

    it.rules.logs = logs_new();
    it.rules.turns = turns_new(it.rules.logs, exploration->mutant, course->channel, course->balance);
    it.rules.mutant = exploration->mutant;
    it.rules.mischief = exploration->mischief < 0 ? course->mischief : (int)exploration->mischief;
    it.rules.may_be_cancelled = course->cancelled;
    it.rules.may_be_late = course->late;
    it.search = search_new(&it.rules);
    it.ends = ends_new(&it.rules);
    result = go_on(&it);
    print_counts(&it, now() - started);
    ends_free(it.ends);
    search_free(it.search);
    turns_free(it.rules.turns);
    logs_free(it.rules.logs);
    return result;
}

/* ---- all of them, each in a process of its own ---- */

struct child {
    pid_t pid;
    FILE *out;
    int status;
};

static void
start(struct child *child, const struct course *course, const struct exploration *exploration)
{
    child->out = tmpfile();
    child->pid = child->out == NULL ? -1 : fork();
    if (child->pid < 0)
        err(2, "cannot start an exploration");
    if (child->pid > 0)
        return;
    child->status = explore_one(course, exploration, child->out);
    fflush(child->out);
    _exit(child->status);
}

static void
wait_for_one(struct child *children)
{
    int status;
    pid_t pid = wait(&status);

    for (int i = 0; i < COURSES; i++)
        if (children[i].pid == pid)
            children[i].status = status;
}

static int
show(struct child *child)
{
    char text[4096];
    size_t size;

    rewind(child->out);
    while ((size = fread(text, 1, sizeof(text), child->out)) > 0)
        fwrite(text, 1, size, stdout);
    fclose(child->out);
    if (WIFSIGNALED(child->status))
        printf("FAIL  signal %d ended the exploration\n", WTERMSIG(child->status));
    return child->status != 0;
}

int
explore(const struct exploration *exploration)
{
    struct child children[COURSES] = { { .pid = 0 } };
    int started = 0, running = 0, failed = 0;

    for (int i = 0; i < COURSES; i++) {
        if (exploration->course != NULL && strcmp(courses[i].name, exploration->course) != 0)
            continue;
        for (; running >= exploration->jobs; running--)
            wait_for_one(children);
        start(&children[i], &courses[i], exploration);
        started++;
        running++;
    }
    for (; running > 0; running--)
        wait_for_one(children);
    for (int i = 0; i < COURSES; i++)
        if (children[i].out != NULL)
            failed += show(&children[i]);
    if (started == 0)
        return 2;
    printf("EXPLORED %s courses=%d failed=%d\n", failed == 0 ? "CLEAN" : "FAILED", started, failed);
    return failed > 0;
}
