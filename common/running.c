#include "running.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the file holds. inside is written last on the way in, so that what stands beside it is whole. */
struct slot {
    volatile sig_atomic_t inside, signal;
    pid_t thread;                /* that runs handlers: another one that dies is no event's fault */
    int32_t topic, partition;
    int64_t offset;
    char event_id[UUID_TEXT];
};

struct running {
    struct slot *slot;
};

static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]), STACK = 64 * 1024 };

/* A signal handler is given nothing but the number. This is the one thing in the library that is not a parameter: a
 * process has one set of signal handlers, too. */
static struct slot *handled_slot;

static void
on_fault(int number)
{
    if (handled_slot != NULL && handled_slot->inside && gettid() == handled_slot->thread)
        handled_slot->signal = number;
    raise(number);      /* SA_RESETHAND: now it does what it always did */
}

/* A stack of its own, for a handler that ran out of stack. */
static void
install(void)
{
    stack_t stack = { .ss_sp = memory_new(1, STACK), .ss_size = STACK };
    struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER };

    sigaltstack(&stack, NULL);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, NULL);
}

static void
uninstall(void)
{
    stack_t none = { .ss_flags = SS_DISABLE }, stack;

    for (int i = 0; i < SIGNALS; i++)
        signal(signals[i], SIG_DFL);
    if (sigaltstack(&none, &stack) == 0)
        free(stack.ss_sp);
}

struct running *
running_open(const char *path, char **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    void *mapped = MAP_FAILED;
    struct running *running;

    if (fd >= 0 && ftruncate(fd, sizeof(struct slot)) == 0)
        mapped = mmap(NULL, sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (mapped == MAP_FAILED) {
        error_set(error, "cannot map %s: %s", path, strerror(errno));
        return NULL;
    }
    running = memory_new(1, sizeof(*running));
    running->slot = handled_slot = mapped;
    running->slot->thread = gettid();
    install();
    return running;
}

void
running_close(struct running *running)
{
    if (running == NULL)
        return;
    uninstall();
    handled_slot = NULL;
    munmap(running->slot, sizeof(struct slot));
    free(running);
}

bool
running_blamed(struct running *running, struct envelope *in, int *signal)
{
    struct slot *slot = running->slot;

    *signal = slot->signal;
    slot->inside = slot->signal = 0;
    slot->event_id[UUID_TEXT - 1] = '\0';
    if (*signal == 0 || !uuid_is_valid(slot->event_id) || slot->topic < 0 || slot->topic >= TOPICS)
        return false;
    *in = (struct envelope){
        .id = slot->event_id,
        .topic = (enum topic)slot->topic,
        .partition = slot->partition,
        .offset = slot->offset,
    };
    return true;
}

void
running_enter(struct running *running, const struct envelope *in)
{
    struct slot *slot;

    if (running == NULL)
        return;
    slot = running->slot;
    slot->topic = in->topic;
    slot->partition = in->partition;
    slot->offset = in->offset;
    memcpy(slot->event_id, in->id, UUID_TEXT);
    slot->inside = 1;
}

void
running_leave(struct running *running)
{
    if (running != NULL)
        running->slot->inside = 0;
}
