#include "options.h"

#include "../../common/base/text.h"

#include <string.h>
#include <unistd.h>

void
options_print_help(void)
{
    printf("usage: storage [--fault NAME] [--cases N] [--seed N] [--jobs N] [--first] [--mistake NAME]\n"
           "       storage --one [--fault NAME --at N [--for-good]] [--seed N] [--mistake NAME] [--trace FILE]\n\n"
           "A short life of the three services on disks in memory, again and again: each time another call of SQLite to its\n"
           "file system fails, once or for good, or kills. Exit status 1 if a promise was broken, and 2 for a wrong use.\n\n"
           "  --fault NAME  this one; without it each of them\n"
           "  --cases N     of each fault and mode about so many: the first N/4, then every so-many-th; without it all\n"
           "  --seed N      what the customers do (1: told by webhooks; 2: by the console)\n"
           "  --jobs N      cases at the same time (one for each core)\n"
           "  --first       ends at the first case that fails\n"
           "  --one         a single case; without a fault: says how many calls of each kind there are\n"
           "  --at N        the N-th call has the fault …\n"
           "  --for-good    … and all later ones of that service\n"
           "  --trace FILE  every step of it; - is standard output\n"
           "  --mistake ... with a mistake made on purpose\n\nfaults:\n");
    for (const struct trouble_kind *kind = trouble_kinds; kind->name != NULL; kind++)
        printf("  %-16s %s\n", kind->name, kind->what);
    printf("\nmistakes:\n");
    for (int i = NO_MISTAKE + 1; i < MISTAKES; i++)
        printf("  %-16s %s\n", mistake_name((enum mistake)i), mistake_what((enum mistake)i));
}

static int
complain(const char *name, const char *problem, const char *value)
{
    fprintf(stderr, "storage: %s: %s, not \"%.100s\"\n", name, problem, value);
    return -1;
}

static int
read_number(struct options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *number;
    } numbers[] = { { "--cases", &options->cases }, { "--jobs", &options->jobs }, { "--seed", &options->one.seed },
                    { "--at", &options->one.trouble.at } };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(name, numbers[i].name) == 0)
            return text_parse_int(value, 1, 1000000000, numbers[i].number) == 0
                       ? 0 : complain(name, "must be a whole number from 1", value);
    return complain("command line", "an option that --help lists is wanted", name);
}

static int
read_one(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--trace") == 0) {
        options->trace = value;
        return 0;
    }
    if (strcmp(name, "--fault") == 0) {
        options->one.trouble.kind = trouble_parse(value);
        return options->one.trouble.kind != NULL ? 0 : complain(name, "must be a name that --help lists", value);
    }
    if (strcmp(name, "--mistake") == 0) {
        options->one.mistake = mistake_parse(value);
        return options->one.mistake < MISTAKES ? 0 : complain(name, "must be a name that --help lists", value);
    }
    return read_number(options, name, value);
}

static bool
read_flag(struct options *options, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = { { "--help", &options->help }, { "--first", &options->first }, { "--one", &options->one_only },
                  { "--for-good", &options->one.trouble.for_good } };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (strcmp(name, flags[i].name) == 0)
            return *flags[i].flag = true;
    return false;
}

int
options_read(struct options *options, int argc, char **argv)
{
    *options = (struct options){ .jobs = sysconf(_SC_NPROCESSORS_ONLN), .one.seed = 1 };
    for (int i = 1; i < argc; i++) {
        if (read_flag(options, argv[i]))
            continue;
        if (i + 1 == argc)
            return complain("command line", "a value must follow", argv[i]);
        if (read_one(options, argv[i], argv[i + 1]) != 0)
            return -1;
        i++;
    }
    if (options->one_only && (options->one.trouble.kind == NULL) != (options->one.trouble.at == 0))
        return complain("--one", "must have both --fault and --at, or neither", "one of them");
    return 0;
}
