/* ctl backup: the service has a folder of its own, so a path is made whole here; and it may take long. */
#include "ctl.h"
#include "handlers.h"

#include "arguments.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_S = 24 * 3600 };

int
ctl_backup(struct ctl *ctl, const struct arguments *given)
{
    struct arguments arguments = *given;
    const char *path = argument_text(given, "file");
    char folder[PATH_MAX];
    struct answer answer;

    if (path[0] != '/' && getcwd(folder, sizeof(folder)) == NULL) {
        fprintf(stderr, "%s ctl: backup: cannot tell which folder this is: %s\n", ctl->program, strerror(errno));
        return 1;
    }
    if (path[0] != '/')
        arguments.text[0] = arena_format(&ctl->arena, "%s/%s", folder, path);
    ctl->patience_s = PATIENCE_S;
    if (ctl_ask(ctl, "POST", arguments_target(&arguments, &ctl->arena), &answer) != 0)
        return 1;
    return ctl_print(ctl, &answer);
}
