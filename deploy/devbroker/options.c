/* options.c: see options.h. The mistakes are counted rather than returned at the first, so that one run shows them all. */
#include "options.h"

#include "number.h"

#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static int
read_port(struct options *options, const char *text)
{
    int port;

    if (number_parse(text, 1, 65535, &port) != 0) {
        warnx("--port %s: not a port; give a number from 1 to 65535", text);
        return 1;
    }
    options->port = (uint16_t)port;
    return 0;
}

static int
read_control(struct options *options, const char *path)
{
    const size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (path[0] == '\0' || strlen(path) > longest) {
        warnx("--control %s: a socket's path has 1 to %zu characters; choose a shorter directory", path, longest);
        return 1;
    }
    options->control = path;
    return 0;
}

static int
check_name(const struct options *options, const char *name, const char *text)
{
    int mistakes = 0;
    size_t i;

    if (name[strspn(name, NAME_CHARACTERS)] != '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        warnx("--topic %s: a topic's name consists of letters, digits, '.', '_' and '-', and is neither '.' nor '..'", text);
        mistakes++;
    }
    if (strncmp(name, BOOT_TOPIC_PREFIX, strlen(BOOT_TOPIC_PREFIX)) == 0) {
        warnx("--topic %s: names that begin with " BOOT_TOPIC_PREFIX " are the broker's own; choose another", text);
        mistakes++;
    }
    for (i = 0; i < options->topic_count; i++)
        if (strcmp(options->topics[i].name, name) == 0) {
            warnx("--topic %s: this topic is given twice; remove one", text);
            mistakes++;
        }
    return mistakes;
}

static int
read_topic(struct options *options, const char *text)
{
    struct topic *topic = &options->topics[options->topic_count];
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    int mistakes;

    if (length == 0 || length >= sizeof(topic->name)) {
        warnx("--topic %s: write NAME:PARTITIONS, with a name of 1 to %zu characters", text, sizeof(topic->name) - 1);
        return 1;
    }
    memcpy(topic->name, text, length);
    topic->name[length] = '\0';
    mistakes = check_name(options, topic->name, text);
    if (number_parse(colon + 1, 1, 1000, &topic->partitions) != 0) {
        warnx("--topic %s: not a number of partitions; give one from 1 to 1000", text);
        mistakes++;
    }
    options->topic_count++;
    return mistakes;
}

static int
read_option(struct options *options, int option, char **argv)
{
    switch (option) {
    case 'p':
        return read_port(options, optarg);
    case 'c':
        return read_control(options, optarg);
    case 't':
        return read_topic(options, optarg);
    case ':':
        warnx("%s: its value is missing", argv[optind - 1]);
        return 1;
    default:
        if (optopt != 0)        /* A letter, perhaps from the middle of an argument. */
            warnx("-%c: no such option; see devbroker --help", optopt);
        else
            warnx("%s: no such option; see devbroker --help", argv[optind - 1]);
        return 1;
    }
}

/* An option is missing only if nothing was tried: one message for each mistake. */
static int
read_all(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        { "port", required_argument, NULL, 'p' },
        { "control", required_argument, NULL, 'c' },
        { "topic", required_argument, NULL, 't' },
        { NULL, 0, NULL, 0 },
    };
    bool port = false, topic = false;
    int option, mistakes = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        port = port || option == 'p';
        topic = topic || option == 't';
        mistakes += read_option(options, option, argv);
    }
    for (; optind < argc; optind++, mistakes++)
        warnx("%s: not an option; see devbroker --help", argv[optind]);
    if (!port && ++mistakes)
        warnx("--port N is missing: the port to listen at");
    if (!topic && ++mistakes)
        warnx("--topic NAME:PARTITIONS is missing: give it once for each topic");
    return mistakes;
}

int
options_init(struct options *options, int argc, char **argv)
{
    int i;

    *options = (struct options){ 0 };
    for (i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
            return 0;
        }
    options->topics = calloc((size_t)argc, sizeof(*options->topics));
    if (options->topics == NULL)
        err(1, "reading the arguments");
    return read_all(options, argc, argv) == 0 ? 0 : -1;
}

void
options_release(struct options *options)
{
    free(options->topics);
}
