/* Processes of this machine that are no services, as --process names them: by a number, or by a file that holds it, for one
 * that is started again while the load runs. */
#ifndef LOCAL_PROCESS_H
#define LOCAL_PROCESS_H

#include "process.h"

enum { LOCAL_PROCESSES = 16 };

struct local_processes {
    int count;
    struct local_process {
        char name[PROCESS_NAME];
        int pid;
        const char *pid_file;       /* in argv; NULL: it is this pid for ever */
    } of[LOCAL_PROCESSES];
};

/* Adds NAME=PID or NAME=FILE: a name of letters, digits and - that no service has, a process that runs. -1 with *error (the
 * caller's). */
int local_process_add(struct local_processes *processes, const char *text, char **error);

/* What it uses now; reading_none while it does not run. */
struct reading local_process_read(const struct local_process *process);

#endif
