#include "options.h"

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void
options_print_help(void)
{
    puts("usage: audit --data DIR [--live] [--history FILE] [--verbose]\n"
         "       audit --order PATH --payment PATH --notify PATH [...]\n\n"
         "Decides from the databases of the three services whether anything was lost, doubled or invented.\n"
         "They are only read, whether the services run or not.\n\n"
         "  --data DIR       DIR/order-svc/order-svc.db and the other two likewise\n"
         "  --order PATH     order-svc's database, or the folder it is in; --payment and --notify likewise\n"
         "  --live           the services are at work: ask only what is true at every moment\n"
         "  --history FILE   also check what a load driver was told: lines of\n"
         "                   acknowledged|refused|unknown ORDER_ID|- KEY|- FLOW\n"
         "  --verbose        show every violation, not only the first 20\n\n"
         "Exit status: 0 clean, 1 violations, 2 wrong use or a database that cannot be read.");
}

static void
set_path(struct options *options, enum audited service, const char *path)
{
    struct stat status;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

    if (folder)
        snprintf(options->paths[service], PATH_MAX, "%.3900s/%s.db", path, audited_name(service));
    else
        snprintf(options->paths[service], PATH_MAX, "%.4000s", path);
}

static void
set_data(struct options *options, const char *folder)
{
    for (int i = 0; i < AUDITED; i++)
        snprintf(options->paths[i], PATH_MAX, "%.3900s/%s/%s.db", folder, audited_name((enum audited)i),
                 audited_name((enum audited)i));
}

static int
check(const struct options *options)
{
    static const char *const flags[AUDITED] = { "--order", "--payment", "--notify" };
    int result = 0;

    for (int i = 0; i < AUDITED; i++)
        if (options->paths[i][0] == '\0') {
            warnx("where is the database of %s? Give %s PATH, or --data DIR for all three",
                  audited_name((enum audited)i), flags[i]);
            result = -1;
        }
    return result;
}

int
options_read(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        { "order", required_argument, NULL, AUDIT_ORDER },
        { "payment", required_argument, NULL, AUDIT_PAYMENT },
        { "notify", required_argument, NULL, AUDIT_NOTIFY },
        { "data", required_argument, NULL, 'd' },
        { "live", no_argument, NULL, 'l' },
        { "history", required_argument, NULL, 'h' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, '?' + 256 },
        { NULL, 0, NULL, 0 },
    };
    int option, mistakes = 0;

    memset(options, 0, sizeof(*options));
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        switch (option) {
        case AUDIT_ORDER: case AUDIT_PAYMENT: case AUDIT_NOTIFY:
            set_path(options, (enum audited)option, optarg);
            break;
        case 'd': set_data(options, optarg); break;
        case 'l': options->live = true; break;
        case 'h': options->history = optarg; break;
        case 'v': options->verbose = true; break;
        case '?' + 256: options->help = true; break;
        default: mistakes++;        /* getopt has named it */
        }
    if (optind < argc) {
        warnx("%s: what is this? Every argument of audit has a name", argv[optind]);
        mistakes++;
    }
    return options->help || (mistakes == 0 && check(options) == 0) ? 0 : -1;
}
