/* load: plays what customers do against running services, and measures. `load --help` tells the rest. */
#include "load.h"

#include <stdlib.h>

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
        && journal_create(arguments->history, &load.run.history) == 0)
        result = load_run(&load);
    if (load.run.history != NULL)
        fclose(load.run.history);
    return result;
}
