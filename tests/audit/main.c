/* audit: was anything lost, doubled or invented? */
#include "options.h"
#include "round.h"
#include "watch.h"

#include <err.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <unistd.h>

static int
write_json(const struct findings *findings, const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        warn("cannot write %s", path);
        return -1;
    }
    findings_print_json(findings, file);
    if (fclose(file) == 0)
        return 0;
    warn("cannot write %s", path);
    return -1;
}

/* Answers the exit status. */
static int
print(const struct round *round)
{
    struct findings findings = round_findings(round);
    const struct options *options = round->options;

    if (options->brokers != NULL)
        printf("%" PRId64 " records read from %s in %.1f s (%.0f/s), the whole audit %.1f s\n", round->records, options->brokers,
               round->records_s, (double)round->records / round->records_s, round->seconds);
    findings_print(&findings, stdout, isatty(STDOUT_FILENO) == 1);
    if (options->json != NULL && write_json(&findings, options->json) != 0)
        return 2;
    return findings_violations(&findings) > 0;
}

static int
audit_once(const struct options *options)
{
    const char *error = NULL;
    struct round round;
    int status = 2;

    round_init(&round, options, options->verbose);
    if (round_run(&round, &error) != 0)
        warnx("%s", error);
    else
        status = print(&round);
    round_release(&round);
    return status;
}

int
main(int argc, char **argv)
{
    struct options options;
    int status;

    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);     /* counting memory makes the two halves wait for each other */
    if (options_read(&options, argc, argv) != 0) {
        warnx("audit --help says how it is used");
        return 2;
    }
    if (options.help) {
        options_print_help();
        return 0;
    }
    if (options.watch_s > 0)
        watch(&options);
    status = audit_once(&options);
    options_release(&options);
    return status;
}
