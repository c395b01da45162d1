/* Processes of this machine that are no services, as --process names them. */
#ifndef LOCAL_PROCESS_H
#define LOCAL_PROCESS_H

#include "process.h"

enum { LOCAL_PROCESSES = 16 };

struct local_processes {
    int count;
    struct local_process {
        char name[PROCESS_NAME];
        int pid;
    } of[LOCAL_PROCESSES];
};

/* Adds NAME=PID: a name of letters, digits and - that no service has, a process that runs. -1 with *error (the
 * caller's). */
int local_process_add(struct local_processes *processes, const char *text, char **error);

#endif
