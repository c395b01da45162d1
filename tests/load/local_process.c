#include "local_process.h"

#include "../../common/base/error.h"
#include "../../common/base/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool
is_taken(const struct local_processes *processes, const char *name)
{
    static const char *const ours[] = { "order", "payment", "notify", "driver" };

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(ours[i], name) == 0)
            return true;
    for (int i = 0; i < processes->count; i++)
        if (strcmp(processes->of[i].name, name) == 0)
            return true;
    return false;
}

/* -1: there is none. */
static int
pid_in(const char *path)
{
    FILE *file = fopen(path, "re");
    int pid = -1;

    if (file == NULL)
        return -1;
    if (fscanf(file, "%d", &pid) != 1 || pid < 1)
        pid = -1;
    fclose(file);
    return pid;
}

struct reading
local_process_read(const struct local_process *process)
{
    return reading_of_pid(process->pid_file == NULL ? process->pid : pid_in(process->pid_file));
}

int
local_process_add(struct local_processes *processes, const char *text, char **error)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    struct local_process *process = &processes->of[processes->count];
    int64_t pid;

    if (size == 0 || size >= PROCESS_NAME || text[size] != '=')
        return error_set(error, "--process %s: expected NAME=PID or NAME=FILE, the name of at most %d letters, digits and -", text,
                         PROCESS_NAME - 1);
    if (processes->count == LOCAL_PROCESSES)
        return error_set(error, "--process %s: there may be %d of them", text, LOCAL_PROCESSES);
    *process = (struct local_process){ .pid = 0 };
    snprintf(process->name, sizeof(process->name), "%.*s", (int)size, text);
    if (is_taken(processes, process->name))
        return error_set(error, "--process %s: there is a process of this name already", text);
    if (text_parse_int(text + size + 1, 1, INT_MAX, &pid) == 0)
        process->pid = (int)pid;
    else
        process->pid_file = text + size + 1;
    if (isnan(local_process_read(process).value[RSS]))
        return error_set(error, "--process %s: expected the number of a process that runs, or a file that holds it; found %s",
                         text, text + size + 1);
    processes->count++;
    return 0;
}
