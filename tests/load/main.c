/* load: plays what customers do against running services, and measures. `load --help` tells the rest. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct flows *
read_flows(const char *path)
{
    FILE *file = fopen(path, "re");
    struct flows *flows;
    char *error = NULL;

    if (file == NULL) {
        fprintf(stderr, "load: cannot read %s: %s\n", path, strerror(errno));
        return NULL;
    }
    flows = flows_read(file, path, &error);
    fclose(file);
    if (flows == NULL)
        fprintf(stderr, "%s\n", error);
    free(error);
    return flows;
}

static FILE *
create(const char *path)
{
    FILE *file = fopen(path, "we");

    if (file == NULL)
        fprintf(stderr, "load: cannot write %s: %s\n", path, strerror(errno));
    return file;
}

int
main(int argc, char **argv)
{
    static struct load load;
    struct arguments *arguments = &load.run.arguments;
    int result = 2;

    if (arguments_read(arguments, argc, argv) != 0)
        return 2;
    if (arguments->help) {
        arguments_help();
        return 0;
    }
    load.run.flows = read_flows(arguments->flows);
    if (load.run.flows != NULL && journal_open(&load.journal, arguments, argc, argv) == 0
        && (arguments->history == NULL || (load.run.history = create(arguments->history)) != NULL))
        result = load_run(&load);
    if (load.run.history != NULL)
        fclose(load.run.history);
    return result;
}
