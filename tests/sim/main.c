/* sim: the whole system in one process, where everything goes wrong and nothing takes time. */
#include "many.h"
#include "options.h"
#include "run.h"
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
    return options.seed > 0 ? one(&options) : many(&options);
}
