/* ctl backup: answered when the backup is complete; others go on meanwhile. */
#include "admin.h"
#include "handlers.h"

#include "../backup_job.h"
#include "../base/memory.h"
#include "../node.h"

#include <stdlib.h>
#include <sys/stat.h>

static void
on_done(void *context, const char *error)
{
    struct later *later = context;
    const char *path = argument_text(&later->arguments, "file");
    struct stat status;

    if (error != NULL)
        admin_conclude(later, admin_refuse(&later->asked, 409, "%s", error));
    else
        admin_conclude(later, admin_say(arena_format(later->asked.arena, "done: %s, %.1f MB", path,
                                                     stat(path, &status) == 0 ? (double)status.st_size / 1e6 : 0)));
}

struct reply
admin_backup(struct node *node, struct asked *asked)
{
    const char *path = argument_text(asked->arguments, "file");
    struct reply refusal;
    char *error = NULL;

    if (path[0] != '/')
        return admin_refuse(asked, 400, "backup: FILE must be a path from the root");
    if (node->backup != NULL)
        return admin_refuse(asked, 409, "a backup is under way: %d %%", backup_job_percent(node->backup));
    if (backup_job_start(node, path, (struct backup_listener){ on_done, admin_later(asked) }, &error) == 0)
        return (struct reply){ .status = 0 };
    refusal = admin_refuse(asked, 409, "%s", error);
    free(error);
    return refusal;
}
