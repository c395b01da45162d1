/* A backup under way: copied step by step from a timer, so that the service goes on meanwhile. */
#ifndef BACKUP_JOB_H
#define BACKUP_JOB_H

struct backup_job;
struct node;

struct backup_listener {
    /* It is complete, or *why* it failed (error NULL if it is complete; it lives during the call). The job is gone then. */
    void (*on_done)(void *context, const char *error);
    void *context;
};

/* Begins one into path, which must not be there, as node->backup. -1 with *error (the caller's). */
int backup_job_start(struct node *node, const char *path, struct backup_listener listener, char **error);
/* Breaks it off; nothing is left behind, and nobody is told. NULL does nothing. */
void backup_job_free(struct backup_job *job);
/* How much of it is done, in percent. */
int backup_job_percent(const struct backup_job *job);

#endif
