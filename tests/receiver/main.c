/* receiver PORT LATE_MS: takes webhooks on 127.0.0.1 until it is killed; receiver.h says how it answers. On its output:
 *
 *   ready PORT
 *   post KEY NTH WORD OPEN ORDER KIND CUSTOMER      the NTH post of this key; OPEN posts have no answer yet, with this one
 *   answer KEY WORD */
#include "receiver.h"

#include <err.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    struct event_base *base = event_base_new();
    struct receiver_options options = { .log = stdout };
    struct receiver *receiver;

    if (argc != 3)
        errx(2, "usage: receiver PORT LATE_MS");
    options.port = atoi(argv[1]);
    options.late_ms = atoi(argv[2]);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    receiver = receiver_new(base, &options);
    if (receiver == NULL)
        errx(1, "port %d is taken", options.port);
    printf("ready %d\n", receiver_port(receiver));
    event_base_dispatch(base);
    return 0;
}
