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

int
local_process_add(struct local_processes *processes, const char *text, char **error)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
    struct local_process *process = &processes->of[processes->count];
    int64_t pid;

    if (size == 0 || size >= PROCESS_NAME || text[size] != '=')
        return error_set(error, "--process %s: expected NAME=PID, the name of at most %d letters, digits and -", text,
                         PROCESS_NAME - 1);
    if (text_parse_int(text + size + 1, 1, INT_MAX, &pid) != 0 || isnan(reading_of_pid((int)pid).value[RSS]))
        return error_set(error, "--process %s: expected the number of a process that runs; found %s", text,
                         text + size + 1);
    if (processes->count == LOCAL_PROCESSES)
        return error_set(error, "--process %s: there may be %d of them", text, LOCAL_PROCESSES);
    snprintf(process->name, sizeof(process->name), "%.*s", (int)size, text);
    if (is_taken(processes, process->name))
        return error_set(error, "--process %s: there is a process of this name already", text);
    process->pid = (int)pid;
    processes->count++;
    return 0;
}
