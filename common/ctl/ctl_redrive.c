/* ctl dead-letters redrive: one letter for each request, so that a run that was broken off goes on where it was, and a rate
 * needs no state in the service. */
#include "ctl.h"
#include "handlers.h"

#include "../http/percent.h"
#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AT_ONCE = 100000 };

struct run {
    struct ctl *ctl;
    const struct arguments *arguments;
    const char *why;                 /* encoded */
    int64_t total, done, unchanged, open;
    time_t said_at;
};

static const char *
filter_of(const struct run *run, const char *ids)
{
    const char *reason = argument_text(run->arguments, "reason");
    struct arena *arena = &run->ctl->arena;

    return arena_format(arena, "/dead-letters/list?state=OPEN&max=%lld%s%s%s",
                        (long long)argument_number(run->arguments, "max", AT_ONCE), ids, reason == NULL ? "" : "&reason=",
                        reason == NULL ? "" : percent_encode(arena, reason));
}

/* At most one line a second: readable on a terminal and in a file. */
static void
say_progress(struct run *run)
{
    time_t now = time(NULL);

    if (now == run->said_at)
        return;
    run->said_at = now;
    fprintf(stderr, "%lld of %lld\n", (long long)(run->done + run->unchanged + run->open), (long long)run->total);
}

/* A letter that stays open is said and passed; without an answer, or when the service takes nothing, the run ends. */
static int
redrive_one(struct run *run, const char *id)
{
    struct ctl *ctl = run->ctl;
    struct answer answer;

    if (ctl_ask(ctl, "POST", arena_format(&ctl->arena, "/dead-letters/redrive?id=%s&why=%s", id, run->why), &answer) != 0)
        return -1;
    if (answer.status == 200 && strncmp(answer.text, "done", 4) == 0)
        run->done++;
    else if (answer.status == 200)
        run->unchanged++;
    if (answer.status == 409) {
        run->open++;
        puts(answer.text);
    }
    say_progress(run);
    if (answer.status == 200 || answer.status == 409)
        return 0;
    ctl_print(ctl, &answer);
    return -1;
}

static void
keep_rate(const struct run *run)
{
    int64_t rate = argument_number(run->arguments, "rate", 0);
    struct timespec pause = { .tv_sec = rate == 1, .tv_nsec = rate > 1 ? 1000000000 / rate : 0 };

    if (rate > 0)
        nanosleep(&pause, NULL);
}

static int64_t
count_lines(const char *text)
{
    int64_t count = *text != '\0';

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static int
redrive_all(struct run *run, char *ids)
{
    char *rest = NULL;
    int result = 0;

    run->total = count_lines(ids);
    for (char *id = strtok_r(ids, "\n", &rest); id != NULL && result == 0; id = strtok_r(NULL, "\n", &rest)) {
        result = redrive_one(run, id);
        if (result == 0 && *rest != '\0')
            keep_rate(run);
    }
    printf("%lld dead letters: %lld done, %lld changed nothing, %lld stay open%s\n", (long long)run->total,
           (long long)run->done, (long long)run->unchanged, (long long)run->open,
           result == 0 ? "" : "; broken off, the same command goes on");
    return result == 0 && run->open == 0 ? 0 : 1;
}

static int
bulk(struct run *run)
{
    bool dry = argument_text(run->arguments, "dry-run") != NULL;
    struct answer answer;

    if (ctl_ask(run->ctl, "GET", filter_of(run, dry ? "" : "&ids="), &answer) != 0)
        return 1;
    if (answer.status != 200 || dry) {
        if (dry && answer.status == 200)
            puts("these would be offered again:");
        return ctl_print(run->ctl, &answer);
    }
    return redrive_all(run, arena_text(&run->ctl->arena, answer.text));
}

static int
single(struct run *run)
{
    const char *id = argument_text(run->arguments, "id");
    struct arena *arena = &run->ctl->arena;
    struct answer answer;

    if (argument_text(run->arguments, "dry-run") != NULL) {
        if (ctl_ask(run->ctl, "GET", arena_format(arena, "/dead-letters/show?id=%s", id), &answer) != 0)
            return 1;
        return ctl_print(run->ctl, &answer);
    }
    if (ctl_ask(run->ctl, "POST", arena_format(arena, "/dead-letters/redrive?id=%s&why=%s", id, run->why), &answer) != 0)
        return 1;
    return ctl_print(run->ctl, &answer);
}

int
ctl_redrive(struct ctl *ctl, const struct arguments *arguments)
{
    const char *why = argument_text(arguments, "why");
    struct run run = { .ctl = ctl, .arguments = arguments, .said_at = time(NULL) };
    int chosen = (argument_text(arguments, "id") != NULL) + (argument_text(arguments, "reason") != NULL)
                 + (argument_text(arguments, "all") != NULL);

    if (chosen != 1) {
        fprintf(stderr, "%s ctl: dead-letters redrive: one of ID, --reason REASON and --all is wanted\n", ctl->program);
        return 2;
    }
    run.why = why == NULL ? "" : percent_encode(&ctl->arena, why);
    return argument_text(arguments, "id") != NULL ? single(&run) : bulk(&run);
}
