#include "backup_job.h"

#include "base/memory.h"
#include "node.h"
#include "store/backup.h"

#include <event2/event.h>
#include <stdlib.h>

struct backup_job {
    struct node *node;
    struct backup *backup;
    struct event *timer;
    struct backup_listener listener;
};

/* 256 KB each time: 60 MB a second, and half a millisecond that others wait. */
static void
wait_for_turn(struct backup_job *job)
{
    static const struct timeval pause = { .tv_usec = 4000 };

    event_add(job->timer, &pause);
}

static void
end(struct backup_job *job, const char *error)
{
    struct backup_listener listener = job->listener;

    job->node->backup = NULL;
    backup_job_free(job);
    listener.on_done(listener.context, error);
}

/* A step needs that no turn is open: under load there would always be one. */
static void
on_timer(evutil_socket_t fd, short what, void *context)
{
    struct backup_job *job = context;
    char *error = NULL;

    (void)fd, (void)what;
    node_commit(job->node);
    if (backup_step(job->backup, &error) == BACKUP_GOES_ON)
        wait_for_turn(job);
    else
        end(job, error);
    free(error);
}

int
backup_job_start(struct node *node, const char *path, struct backup_listener listener, char **error)
{
    struct backup *backup = backup_new(node->core.db, path, error);
    struct backup_job *job;

    if (backup == NULL)
        return -1;
    job = memory_new(1, sizeof(*job));
    *job = (struct backup_job){ .node = node, .backup = backup, .listener = listener };
    job->timer = event_new(node->base, -1, 0, on_timer, job);
    node->backup = job;
    wait_for_turn(job);
    return 0;
}

void
backup_job_free(struct backup_job *job)
{
    if (job == NULL)
        return;
    event_free(job->timer);
    backup_free(job->backup);
    free(job);
}

int
backup_job_percent(const struct backup_job *job)
{
    return backup_percent(job->backup);
}
