/*
 * devbroker.c: an embedded Kafka broker for demos and tests: librdkafka's mock cluster on a fixed port.
 *
 * The main thread runs a loop for signals and the control socket; the broker is a thread of librdkafka's.
 */
#include "cluster.h"
#include "command.h"
#include "control.h"
#include "ctl.h"
#include "options.h"

#include <dirent.h>
#include <err.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum ending { FAILED, STOPPED, RESTART };

static int
help(void)
{
    puts("usage: devbroker --port N [--control PATH] --topic NAME:PARTITIONS [--topic ...]\n"
         "       devbroker ctl PATH COMMAND...\n\n"
         "An embedded Kafka broker at 127.0.0.1:N, in memory only, for demos and tests.\n\n"
         "  --port N                 1 to 65535\n"
         "  --control PATH           make a Unix socket for the commands below\n"
         "  --topic NAME:PARTITIONS  create this topic, with 1 to 1000 partitions; repeat it for each topic\n\n"
         "Commands:");
    command_print_all(stdout);
    return 0;
}

/*
 * SIGTERM and SIGINT are blocked for good and seen as a readable descriptor. It is never read: a signal stays pending,
 * over a restart too, until some process image ends because of it.
 */
static int
open_stop_signals(void)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        err(1, "signalfd");
    return fd;
}

static void
on_stop(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    event_base_loopbreak(context);
}

static void
say_ready(const struct options *options, const struct cluster *cluster)
{
    printf("devbroker ready address=127.0.0.1:%u topics=%zu boot=%s "
           "note=\"memory only: everything is gone when it stops, 5 MiB are kept per partition\"\n",
           options->port, options->topic_count, cluster_boot(cluster));
    fflush(stdout);
}

static enum ending
serve(const struct options *options, int stop_signals)
{
    struct event_base *base = event_base_new();
    struct control *control = NULL;
    struct cluster *cluster;
    enum ending ending;

    if (base == NULL || event_base_once(base, stop_signals, EV_READ, on_stop, base, NULL) != 0)
        errx(1, "libevent does not start");
    cluster = cluster_new(base, options);
    if (cluster == NULL)
        return FAILED;
    if (options->control != NULL && (control = control_new(base, options->control, cluster)) == NULL)
        return FAILED;
    say_ready(options, cluster);
    event_base_dispatch(base);
    ending = control_wants_restart(control) ? RESTART : STOPPED;
    control_free(control);
    return ending;
}

/* Not all of librdkafka's descriptors close on exec, and the new process must begin with none of them. */
static void
close_all_on_exec(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;

    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (atoi(entry->d_name) > STDERR_FILENO)
            fcntl(atoi(entry->d_name), F_SETFD, FD_CLOEXEC);
    if (directory != NULL)
        closedir(directory);
}

/* A new process image rather than a new mock in the same one: that would have the old cluster id again. */
static void
restart(char **argv)
{
    close_all_on_exec();
    execv("/proc/self/exe", argv);
    warn("/proc/self/exe: cannot execute itself to restart; start it by hand");
}

int
main(int argc, char **argv)
{
    struct options options;
    enum ending ending;
    int stop_signals;

    if (argc > 1 && strcmp(argv[1], "ctl") == 0)
        return ctl_main(argc - 2, argv + 2);
    stop_signals = open_stop_signals();
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_NAME, "devbroker");    /* After a restart the kernel calls it "exe". */
    if (options_init(&options, argc, argv) != 0) {
        options_release(&options);
        return 2;
    }
    if (options.help)
        return help();
    ending = serve(&options, stop_signals);
    options_release(&options);
    if (ending == RESTART)
        restart(argv);
    /* Not exit(): librdkafka's threads still run, and must not meet what the exit handlers of libraries tear down. */
    _exit(ending == STOPPED ? 0 : 1);
}
