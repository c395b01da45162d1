#include "options.h"

#include "../../common/base/memory.h"
#include "../../common/base/text.h"

#include <ctype.h>
#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WATCH_S = 10 };

void
options_print_help(void)
{
    puts("usage: audit --data DIR [--data DIR...] [--brokers HOST:PORT] [--live | --watch [SECONDS]] [...]\n"
         "       audit --order PATH --payment PATH --notify PATH [...]\n\n"
         "Decides from the databases of the three services, and from their topics, whether anything was lost, doubled or\n"
         "invented. All of them are only read, whether the services run or not.\n\n"
         "  --data DIR         DIR/order-svc/order-svc.db and the other two likewise\n"
         "  --order PATH       order-svc's database, or the folder it is in; --payment and --notify likewise\n"
         "                     of a set with shards, all of them: each option once for each shard; the first\n"
         "                     of each belong together, the second of each, …\n"
         "  --brokers LIST     read the topics, too: host:port with commas between\n"
         "  --properties FILE  librdkafka properties, as KAFKA_PROPERTIES of the services\n"
         "  --topic-prefix P   before the topics' names; as the databases say if not given\n"
         "  --live             the services are at work: ask only what is true at every moment\n"
         "  --watch [SECONDS]  the same again and again (10 s apart): a line for each round, each violation once;\n"
         "                     SIGINT and SIGTERM end it with the exit status of the last round\n"
         "  --history FILE     also check what a load driver was told: lines of\n"
         "                     acknowledged|refused|unknown ORDER_ID|- KEY|- FLOW\n"
         "  --json FILE        the findings for scripts, too\n"
         "  --verbose          show every violation and all that is open, not only the first 20\n\n"
         "Exit status: 0 clean, 1 violations, 2 wrong use, or a database or broker that cannot be read.");
}

static int
add_file(struct options *options, enum audited service, const char *path)
{
    if (options->count[service] == SHARDS_AT_MOST) {
        warnx("%s: more than %d databases of %s", path, SHARDS_AT_MOST, audited_name(service));
        return 1;
    }
    options->paths[service][options->count[service]++] = memory_copy_text(path);
    return 0;
}

static int
add_path(struct options *options, enum audited service, const char *path)
{
    char file[PATH_MAX];
    struct stat status;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

    if (!folder)
        return add_file(options, service, path);
    snprintf(file, sizeof(file), "%.3900s/%s.db", path, audited_name(service));
    return add_file(options, service, file);
}

static int
add_data(struct options *options, const char *folder)
{
    char file[PATH_MAX];
    int mistakes = 0;

    for (int i = 0; i < AUDITED; i++) {
        snprintf(file, sizeof(file), "%.3900s/%s/%s.db", folder, audited_name((enum audited)i),
                 audited_name((enum audited)i));
        mistakes += add_file(options, (enum audited)i, file);
    }
    return mistakes;
}

/* SECONDS may be a word of its own: getopt knows only --watch=SECONDS. */
static int
take_watch(struct options *options, int argc, char **argv)
{
    int64_t seconds = WATCH_S;

    if (optarg == NULL && optind < argc && isdigit((unsigned char)argv[optind][0]))
        optarg = argv[optind++];
    if (optarg != NULL && text_parse_int(optarg, 1, 86400, &seconds) != 0) {
        warnx("--watch %s: a number of seconds is wanted, from 1 to 86400", optarg);
        return 1;
    }
    options->watch_s = (int)seconds;
    options->live = true;
    return 0;
}

static int
check(const struct options *options)
{
    static const char *const flags[AUDITED] = { "--order", "--payment", "--notify" };
    int result = 0;

    for (int i = 0; i < AUDITED; i++)
        if (options->count[i] == 0) {
            warnx("where is the database of %s? Give %s PATH, or --data DIR for all three",
                  audited_name((enum audited)i), flags[i]);
            result = -1;
        }
    if (result == 0 && (options->count[0] != options->count[1] || options->count[0] != options->count[2])) {
        warnx("there are %d databases of order-svc, %d of payment-svc and %d of notify-svc: each shard has one of each",
              options->count[AUDIT_ORDER], options->count[AUDIT_PAYMENT], options->count[AUDIT_NOTIFY]);
        result = -1;
    }
    if (options->json != NULL && options->watch_s > 0) {
        warnx("--json tells of one round: leave it or --watch out");
        result = -1;
    }
    return result;
}

void
options_release(struct options *options)
{
    for (int i = 0; i < AUDITED; i++)
        while (options->count[i] > 0)
            free(options->paths[i][--options->count[i]]);
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
        { "brokers", required_argument, NULL, 'b' },
        { "properties", required_argument, NULL, 'p' },
        { "topic-prefix", required_argument, NULL, 't' },
        { "json", required_argument, NULL, 'j' },
        { "watch", optional_argument, NULL, 'w' },
        { "verbose", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, '?' + 256 },
        { NULL, 0, NULL, 0 },
    };
    int option, mistakes = 0;

    *options = (struct options){ .properties = "" };
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        switch (option) {
        case AUDIT_ORDER: case AUDIT_PAYMENT: case AUDIT_NOTIFY:
            mistakes += add_path(options, (enum audited)option, optarg);
            break;
        case 'd': mistakes += add_data(options, optarg); break;
        case 'l': options->live = true; break;
        case 'h': options->history = optarg; break;
        case 'b': options->brokers = optarg; break;
        case 'p': options->properties = optarg; break;
        case 't': options->prefix = optarg; break;
        case 'j': options->json = optarg; break;
        case 'w': mistakes += take_watch(options, argc, argv); break;
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
