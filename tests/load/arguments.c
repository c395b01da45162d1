#include "arguments.h"

#include "../../common/base/text.h"
#include "figure.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION(member_) offsetof(struct arguments, member_)

enum kind { TEXT, NUMBER, SWITCH, PROCESS };

static const struct option_row {
    const char *name, *value;
    enum kind kind;
    size_t offset;
    int64_t fallback, min, max;         /* of a number */
    const char *help;
} table[] = {
    { "order", "URL", TEXT, OPTION(order_url), 0, 0, 0, "order-svc, default http://127.0.0.1:8081" },
    { "payment", "URL", TEXT, OPTION(payment_url), 0, 0, 0, "payment-svc, default http://127.0.0.1:8082" },
    { "notify", "URL", TEXT, OPTION(notify_url), 0, 0, 0, "notify-svc, default http://127.0.0.1:8083" },
    { "token-file", "FILE", TEXT, OPTION(token_file), 0, 0, 0, "the HTTP_TOKEN_FILE of the services" },
    { "flow", "FILE", TEXT, OPTION(flow), 0, 0, 0, "what customers do, a flow or a mix; needed" },
    { "clients", "N", NUMBER, OPTION(clients), 0, 1, 10000, "customers at a time without --rate, default 64" },
    { "orders", "N", NUMBER, OPTION(orders), 0, 1, 1000000000, "stop after this many orders" },
    { "seconds", "S", NUMBER, OPTION(seconds), 0, 1, 1000000, "or after this time; 10 if neither is given" },
    { "rate", "R", NUMBER, OPTION(rate), 0, 1, 100000, "orders a second; times count from when each was due" },
    { "shorten", "N", NUMBER, OPTION(shorten), 0, 1, 1000, "play a mix's own schedule in an N-th of its time" },
    { "find-knee", NULL, SWITCH, OPTION(find_knee), 0, 0, 0, "search the highest rate whose backlog does not grow" },
    { "knee-from", "R", NUMBER, OPTION(knee_from), 100, 1, 100000, "orders a second of its first probe" },
    { "probe", "S", NUMBER, OPTION(probe_s), 8, 1, 3600, "seconds of each of its probes" },
    { "connections", "N", NUMBER, OPTION(connections), 256, 4, 10000, "to each shard of each service with --rate" },
    { "customers", "N", NUMBER, OPTION(customers), 100, 1, 1000000, "accounts to open and fill" },
    { "seed", "N", NUMBER, OPTION(seed), 1, 1, INT64_MAX, "of all chance; names the customers, too" },
    { "give-up", "S", NUMBER, OPTION(give_up_s), 30, 1, 86400, "how long a request is tried again" },
    { "drain", "S", NUMBER, OPTION(drain_s), 30, 1, 86400, "how long a state or a notification is waited for" },
    { "notified", "BROKERS", TEXT, OPTION(brokers), 0, 0, 0, "hear of ends from the notifications on this broker" },
    { "topic", "NAME", TEXT, OPTION(topic), 0, 0, 0, "theirs, default notifications" },
    { "history", "FILE", TEXT, OPTION(history), 0, 0, 0, "write a line for each order request" },
    { "json", "FILE", TEXT, OPTION(json), 0, 0, 0, "write all that is known of the run, as one document" },
    { "csv", "FILE", TEXT, OPTION(csv), 0, 0, 0, "write a line for each second while it runs" },
    { "html", "FILE", TEXT, OPTION(html), 0, 0, 0, "write a page with the summary and plots over time" },
    { "check", "LIST", TEXT, OPTION(check), 0, 0, 0, "what has to hold, such as 'p99<50ms,lost==0'; see below" },
    { "process", "NAME=PID", PROCESS, OPTION(processes), 0, 0, 0, "watch this process, too; or NAME=FILE with its pid; may be repeated" },
    { "quiet", NULL, SWITCH, OPTION(quiet), 0, 0, 0, "no progress lines" },
    { "anywhere", NULL, SWITCH, OPTION(anywhere), 0, 0, 0, "also to other machines than this one" },
    { "help", NULL, SWITCH, OPTION(help), 0, 0, 0, "this text" },
};

enum { ROWS = sizeof(table) / sizeof(table[0]) };

void
arguments_help(void)
{
    char left[40];

    puts("usage: load --flow FILE [--orders N | --seconds S] [option…]\n"
         "Plays what customers do against running services, and measures. Of services with shards, each URL is a list of all\n"
         "of them with commas, in their order. --rate, --clients, --orders and --seconds take the place of a mix's schedule.\n");
    for (int i = 0; i < ROWS; i++) {
        snprintf(left, sizeof(left), "--%s %s", table[i].name, table[i].value == NULL ? "" : table[i].value);
        printf("  %-20s  %s", left, table[i].help);
        if (table[i].fallback != 0)
            printf(", default %lld", (long long)table[i].fallback);
        putchar('\n');
    }
    printf("\n--check compares by < <= > >= == != these, times with their unit (ms, s, us):\n%s.\n", figure_help);
    puts("\nExit code: 0 if nothing failed, every order accepted came to its end and --check holds, 1 if not,\n"
         "2 for a wrong command line or flow.");
}

static int
check(char *error)
{
    if (error == NULL)
        return 0;
    fprintf(stderr, "load: %s\n", error);
    free(error);
    return 1;
}

static int
set(struct arguments *arguments, const struct option_row *row, const char *text)
{
    void *place = (char *)arguments + row->offset;
    char *error = NULL;

    if (row->kind == PROCESS)
        local_process_add(place, text, &error);
    else if (row->kind == SWITCH)
        *(bool *)place = true;
    else if (row->kind == TEXT)
        *(const char **)place = text;
    else if (text_parse_int(text, row->min, row->max, place) != 0) {
        fprintf(stderr, "load: --%s %s: expected a number from %lld to %lld\n", row->name, text, (long long)row->min,
                (long long)row->max);
        return 1;
    }
    return check(error);
}

static int
parse(struct arguments *arguments, int argc, char **argv)
{
    struct option rows[ROWS + 1] = { { NULL, 0, NULL, 0 } };
    int mistakes = 0, code, index = 0;

    for (int i = 0; i < ROWS; i++)
        rows[i] = (struct option){ table[i].name, table[i].kind == SWITCH ? no_argument : required_argument, NULL, 1 };
    while ((code = getopt_long(argc, argv, "", rows, &index)) != -1)
        mistakes += code == 1 ? set(arguments, &table[index], optarg) : 1;
    for (; optind < argc; optind++, mistakes++)
        fprintf(stderr, "load: %s: expected an option; see --help\n", argv[optind]);
    return mistakes;
}

/* One customer is in one shard of each service, and they are found by the same number. */
static int
check_shards(const struct arguments *arguments)
{
    int orders = arguments->order.count, payments = arguments->payment.count, notifies = arguments->notify.count;

    if (orders == payments && orders == notifies)
        return 0;
    fprintf(stderr, "load: --order names %d addresses, --payment %d and --notify %d: each has to name every shard of its "
                    "service, in their order\n", orders, payments, notifies);
    return 1;
}

static int
find_addresses(struct arguments *arguments)
{
    char *order = NULL, *payment = NULL, *notify = NULL, *brokers = NULL;
    int mistakes;

    addresses_read(&arguments->order, arguments->order_url, arguments->anywhere, &order);
    addresses_read(&arguments->payment, arguments->payment_url, arguments->anywhere, &payment);
    addresses_read(&arguments->notify, arguments->notify_url, arguments->anywhere, &notify);
    if (arguments->brokers != NULL && !arguments->anywhere)
        address_check_brokers(arguments->brokers, &brokers);
    mistakes = check(order) + check(payment) + check(notify) + check(brokers);
    return mistakes > 0 ? mistakes : check_shards(arguments);
}

static int
read_token(struct arguments *arguments)
{
    struct token token;
    char *error = NULL;

    if (arguments->token_file != NULL && token_read(&token, arguments->token_file, &error) == 0)
        snprintf(arguments->authorization, sizeof(arguments->authorization), "Authorization: Bearer %s\r\n", token.text);
    return check(error);
}

int
arguments_read(struct arguments *arguments, int argc, char **argv)
{
    int mistakes;

    *arguments = (struct arguments){ .order_url = "http://127.0.0.1:8081", .payment_url = "http://127.0.0.1:8082",
                                 .notify_url = "http://127.0.0.1:8083", .topic = "notifications" };
    for (int i = 0; i < ROWS; i++)
        if (table[i].kind == NUMBER)
            *(int64_t *)(void *)((char *)arguments + table[i].offset) = table[i].fallback;
    mistakes = parse(arguments, argc, argv);
    if (arguments->help && mistakes == 0)
        return 0;
    mistakes += find_addresses(arguments) + read_token(arguments);
    if (arguments->flow == NULL)
        mistakes += fprintf(stderr, "load: --flow FILE is needed; see --help\n") > 0;
    if (arguments->orders > 0 && arguments->seconds > 0)
        mistakes += fprintf(stderr, "load: give --orders or --seconds, not both\n") > 0;
    if (arguments->shorten > 0 && (arguments->rate > 0 || arguments->clients > 0 || arguments->orders > 0 || arguments->seconds > 0))
        mistakes += fprintf(stderr, "load: --shorten is for a mix's own schedule, not for one of the command line\n") > 0;
    return mistakes == 0 ? 0 : -1;
}
