/* storage: what the services make of a disk, or of memory, that fails. */
#include "cases.h"
#include "options.h"
#include "vfs.h"
#include "../../common/store/db.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The databases are in memory; but db_open makes a file with the right mode before SQLite opens it. */
static void
make_folder(char *name)
{
    if (mkdtemp(name) == NULL)
        err(2, "cannot make %s", name);
    setenv("DATA_DIR", name, 1);
}

static void
remove_folder(const char *name)
{
    static const char *const files[] = { "order-svc.db", "payment-svc.db", "notify-svc.db" };
    char path[100];

    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", name, files[i]);
        unlink(path);
    }
    rmdir(name);
}

int
main(int argc, char **argv)
{
    char folder[] = "/tmp/choreography-storage.XXXXXX";
    struct options options;
    int status;

    clearenv();                  /* the settings of the services are the case's */
    if (options_read(&options, argc, argv) != 0) {
        warnx("storage --help says how it is used");
        return 2;
    }
    if (options.help) {
        options_print_help();
        return 0;
    }
    db_use_one_thread();
    vfs_count_memory();
    vfs_use();
    make_folder(folder);
    status = options.one_only ? cases_one(&options) : cases(&options);
    remove_folder(folder);
    fflush(stdout);
    _exit(status);
}
