/* load: plays what customers do against running services, and measures. `load --help` tells the rest. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct mix *
read_mix(const struct arguments *arguments)
{
    char *error = NULL;
    struct mix *mix = mix_read(arguments->flow, &error);

    if (mix == NULL)
        fprintf(stderr, "%s\n", error);
    else
        mix_schedule(mix, arguments);
    free(error);
    return mix;
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
    load.run.mix = read_mix(arguments);
    if (load.run.mix != NULL && journal_open(&load.journal, arguments, argc, argv) == 0
        && (arguments->history == NULL || (load.run.history = create(arguments->history)) != NULL))
        result = load_run(&load);
    if (load.run.history != NULL)
        fclose(load.run.history);
    return result;
}
