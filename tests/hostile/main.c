/* hostile ATTACK PORT CONNECTIONS: attacks what listens on 127.0.0.1 until SIGTERM. On its output:
 *
 *   ready
 *   opened N ended N sent BYTES received BYTES STATUS N STATUS N ...        at the end */
#include "attack.h"
#include "crowd.h"

#include <err.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void
usage(void)
{
    fputs("usage: hostile ATTACK PORT CONNECTIONS, with one of these attacks:\n", stderr);
    for (const struct attack *attack = attacks; attack->name != NULL; attack++)
        fprintf(stderr, "  %-14s %s\n", attack->name, attack->what);
    exit(2);
}

static void
on_ready(void)
{
    puts("ready");
}

static void
on_signal(int number, short what, void *base)
{
    (void)number, (void)what;
    event_base_loopbreak(base);
}

static void
print_tally(const struct tally *tally)
{
    printf("opened %" PRIu64 " ended %" PRIu64 " sent %" PRIu64 " received %" PRIu64, tally->opened, tally->ended,
           tally->sent, tally->received);
    for (int status = 0; status < 600; status++)
        if (tally->answers[status] > 0)
            printf(" %d %" PRIu64, status, tally->answers[status]);
    puts("");
}

int
main(int argc, char **argv)
{
    const struct attack *attack = argc == 4 ? attack_find(argv[1]) : NULL;
    struct event_base *base;
    struct event *term;
    struct crowd *crowd;

    if (attack == NULL || atoi(argv[3]) < 1)
        usage();
    base = event_base_new();
    if (base == NULL)
        errx(1, "no event loop");
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    term = evsignal_new(base, SIGTERM, on_signal, base);
    event_add(term, NULL);
    crowd = crowd_new(base, attack, atoi(argv[2]), atoi(argv[3]), on_ready);
    event_base_dispatch(base);
    print_tally(crowd_tally(crowd));
    crowd_free(crowd);
    event_free(term);
    event_base_free(base);
    return 0;
}
