#include "options.h"

#include "../../common/base/text.h"
#include "../../common/base/uuid.h"
#include "explorer/explore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
options_print_help(void)
{
    printf("usage: sim [--seconds N | --runs N] [--from N] [--jobs N] [--first] [--mutant NAME]\n"
           "       sim --seed N [--faults NAME,...] [--orders N] [--choices N] [--trace FILE] [--mutant NAME]\n"
           "       sim --explore [--course NAME] [--mischief N] [--jobs N] [--mutant NAME]\n"
           "       sim --state-tables FILE\n\n"
           "The three services with a simulated clock, broker, customers and faults; at the end of each run the auditor\n"
           "decides whether anything was lost, doubled or invented. Exit status 1 if so, and 2 for a wrong use.\n\n"
           "  --seconds N   as many runs as fit in (60)\n"
           "  --runs N      so many runs\n"
           "  --from N      the seed of the first run, the next has the next one; without it they are fresh ones\n"
           "  --jobs N      runs at the same time (one for each core)\n"
           "  --first       ends at the first run that fails, and does not look for a smaller one\n"
           "  --seed N      this run only\n"
           "  --trace FILE  every step of it; - is standard output\n"
           "  --faults ...  with only these of its faults; none\n"
           "  --orders N    with no more than so many of its orders\n"
           "  --choices N   after so many choices nothing is left to chance, and nothing goes wrong\n"
           "  --mutant NAME with a mistake made on purpose\n"
           "  --explore     one order: everything that can happen to it, in every order, and each end is judged\n"
           "  --course NAME only this one of its courses\n"
           "  --mischief N  no more than so much goes wrong in it (as much as takes half a minute)\n"
           "  --state-tables FILE  writes the tables of states in EVENTS.md again, from the handlers\n\ncourses:\n");
    explore_print_courses(stdout);
    printf("\nfaults:\n");
    for (int i = 0; i < MISHAPS; i++)
        printf("  %-16s %s\n", mishap_kinds[i].name, mishap_kinds[i].what);
    printf("\nmutants:\n");
    for (int i = MUTANT_NONE + 1; i < MUTANTS; i++)
        printf("  %-16s %s\n", mutant_name((enum mutant)i), mutant_what((enum mutant)i));
}

static int
complain(const char *name, const char *problem, const char *value)
{
    fprintf(stderr, "sim: %s: %s, not \"%.100s\"\n", name, problem, value);
    return -1;
}

static int
read_number(const char *name, const char *value, int64_t min, int64_t max, int64_t *number)
{
    char problem[80];

    if (text_parse_int(value, min, max, number) == 0)
        return 0;
    snprintf(problem, sizeof(problem), "must be a whole number from %lld to %lld", (long long)min, (long long)max);
    return complain(name, problem, value);
}

static int
read_numbers(struct options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *number, min, max;
    } numbers[] = {
        { "--seconds", &options->seconds, 1, 1000000 }, { "--runs", &options->runs, 1, INT64_MAX },
        { "--from", &options->from, 1, INT64_MAX },     { "--jobs", &options->jobs, 1, 1000 },
        { "--seed", &options->seed, 1, INT64_MAX },     { "--orders", &options->limits.orders, 1, INT64_MAX },
        { "--choices", &options->limits.choices, 1, INT64_MAX }, { "--mischief", &options->mischief, 0, 5 },
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(name, numbers[i].name) == 0)
            return read_number(name, value, numbers[i].min, numbers[i].max, numbers[i].number);
    return complain("command line", "an option that --help lists is wanted", name);
}

static int
read_one(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--trace") == 0) {
        options->trace = value;
        return 0;
    }
    if (strcmp(name, "--course") == 0) {
        options->course = value;
        return 0;
    }
    if (strcmp(name, "--state-tables") == 0) {
        options->state_tables = value;
        return 0;
    }
    if (strcmp(name, "--faults") == 0)
        return mishaps_parse(value, &options->limits.faults) == 0
                   ? 0 : complain(name, "must be names that --help lists", value);
    if (strcmp(name, "--mutant") == 0) {
        options->mutant = mutant_parse(value);
        return options->mutant < MUTANTS ? 0 : complain(name, "must be a name that --help lists", value);
    }
    return read_numbers(options, name, value);
}

int
options_read(struct options *options, int argc, char **argv)
{
    struct uuid_source numbers;
    int result = 0;

    uuid_source_random(&numbers);
    *options = (struct options){
        .from = (int64_t)(uuid_source_next(&numbers) % 1000000000) + 1,
        .jobs = sysconf(_SC_NPROCESSORS_ONLN),
        .limits = no_limits,
        .mischief = -1,
    };
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
        } else if (strcmp(argv[i], "--first") == 0) {
            options->first = true;
        } else if (strcmp(argv[i], "--explore") == 0) {
            options->explore = true;
        } else if (i + 1 == argc) {
            result = complain("command line", "a value must follow", argv[i]);
        } else {
            result |= read_one(options, argv[i], argv[i + 1]);
            i++;
        }
    if (options->seconds == 0 && options->runs == 0)
        options->seconds = 60;
    return result;
}
