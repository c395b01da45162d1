/* sim: the whole system in one process, where everything goes wrong and nothing takes time. */
#include "many.h"
#include "options.h"
#include "run.h"
#include "explorer/explore.h"
#include "explorer/state_tables.h"
#include "../../common/store/db.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

static int
one(const struct options *options)
{
    struct plan plan = plan_make(options->seed, &options->limits);
    FILE *trace = NULL;
    struct tally tally;

    if (options->trace != NULL) {
        trace = strcmp(options->trace, "-") == 0 ? stdout : fopen(options->trace, "w");
        if (trace == NULL)
            err(2, "cannot write %s", options->trace);
    }
    plan_print(&plan, stdout);
    fflush(stdout);
    tally = run(&plan, options->mutant, trace, stdout);
    tally_print(&tally, 0, stdout);
    printf("SIM %s\n", tally.violations == 0 ? "CLEAN" : "FAILED");
    return tally.violations > 0;
}

static int
explore_it(const struct options *options)
{
    int result = explore(&(struct exploration){ options->course, options->mischief, options->jobs, options->mutant });

    if (result == 2)
        warnx("--course: must be a name that --help lists, not \"%.100s\"", options->course);
    return result;
}

static char *
read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;

    if (file == NULL || getdelim(&text, &room, '\0', file) < 0)
        err(2, "cannot read %s", path);
    fclose(file);
    return text;
}

static int
write_state_tables(const char *path)
{
    const char *missing;
    char *before = read_whole(path), *after = state_tables_put(before, &missing);
    FILE *file;

    if (after == NULL)
        errx(2, "%s has no place for the table of %s", path, missing);
    file = fopen(path, "w");
    if (file == NULL || fputs(after, file) < 0 || fclose(file) != 0)
        err(2, "cannot write %s", path);
    free(before);
    free(after);
    return 0;
}

int
main(int argc, char **argv)
{
    struct options options;

    clearenv();                  /* the settings of the services are the plan's */
    db_use_one_thread();
    if (options_read(&options, argc, argv) != 0) {
        warnx("sim --help says how it is used");
        return 2;
    }
    if (options.help) {
        options_print_help();
        return 0;
    }
    if (options.explore)
        return explore_it(&options);
    if (options.state_tables != NULL)
        return write_state_tables(options.state_tables);
    return options.seed > 0 ? one(&options) : many(&options);
}
