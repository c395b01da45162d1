/* command.c: the table of commands and what each does. */
#include "command.h"

#include "cluster.h"
#include "number.h"

#include <string.h>

enum { MOST_WORDS = 8 };

/* words[0] is the command's name; run is called with a number of arguments that the table allows. */
struct command {
    const char *name, *arguments, *help;
    int fewest, most;
    void (*run)(struct cluster *cluster, char **words, int count, struct reply *reply);
};

static void run_help(struct cluster *cluster, char **words, int count, struct reply *reply);

static void
refuse(struct reply *reply, const char *reason)
{
    snprintf(reply->text, sizeof(reply->text), "error: %s", reason);
}

static void
run_down(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    (void)words, (void)count, (void)reply;
    cluster_down(cluster);
}

static void
run_up(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    (void)words, (void)count, (void)reply;
    cluster_up(cluster);
}

/* Down first: whoever has read the reply never meets the old records again. */
static void
run_restart(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    (void)words, (void)count;
    cluster_down(cluster);
    reply->restart = true;
}

static void
run_rtt(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    int milliseconds;

    (void)count;
    if (number_parse(words[1], 0, 600000, &milliseconds) != 0)
        refuse(reply, "MS is a number from 0 to 600000");
    else
        cluster_set_rtt(cluster, milliseconds);
}

static void
run_push_errors(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    enum cluster_api api = strcmp(words[1], "fetch") == 0 ? API_FETCH : API_PRODUCE;
    int code, times = 1;

    if (api == API_PRODUCE && strcmp(words[1], "produce") != 0)
        refuse(reply, "say which request is to fail: produce or fetch");
    else if (number_parse(words[2], -195, 200, &code) != 0 || code == 0 || (code < -1 && code != -195))
        refuse(reply, "CODE is a Kafka error code: -1, or 1 to 200; or -195 to close the connection instead");
    else if (count == 4 && number_parse(words[3], 1, 1000, &times) != 0)
        refuse(reply, "COUNT is a number from 1 to 1000");
    else if (cluster_push_errors(cluster, api, code, times) != 0)
        refuse(reply, "lose-ack still waits for a Produce request: produce, or wait until status says lose_ack=idle");
}

static void
run_lose_ack(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    (void)words, (void)count;
    if (cluster_lose_ack(cluster) != 0)
        refuse(reply, "Produce requests have other answers to come first: wait until status says lose_ack=idle and "
                      "produce_errors=0");
}

static void
run_status(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    (void)words, (void)count;
    cluster_status(cluster, reply->text, sizeof(reply->text));
}

static const struct command commands[] = {
    { "down", "", "close all connections and refuse new ones; records stay", 0, 0, run_down },
    { "up", "", "take connections again", 0, 0, run_up },
    { "restart", "", "lose everything: a new boot id, the same port and topics, empty", 0, 0, run_restart },
    { "rtt", "MS", "hold every answer back for MS milliseconds", 1, 1, run_rtt },
    { "push-errors", "produce|fetch CODE [COUNT]", "the next COUNT (1) such requests fail with this Kafka error code",
      2, 3, run_push_errors },
    { "lose-ack", "", "apply the next Produce request, then close all connections without an answer", 0, 0, run_lose_ack },
    { "status", "", "state, rtt, boot id, topics and pending faults in one line", 0, 0, run_status },
    { "help", "", "these commands in one line", 0, 0, run_help },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
run_help(struct cluster *cluster, char **words, int count, struct reply *reply)
{
    size_t i, used = 0;

    (void)cluster, (void)words, (void)count;
    for (i = 0; i < COMMANDS && used < sizeof(reply->text); i++)
        used += (size_t)snprintf(reply->text + used, sizeof(reply->text) - used, "%s%s%s%s", i == 0 ? "ok " : "; ",
                                 commands[i].name, commands[i].arguments[0] == '\0' ? "" : " ", commands[i].arguments);
}

static int
split(char *line, char **words)
{
    char *rest = NULL, *word;
    int count = 0;

    for (word = strtok_r(line, " \t\r", &rest); word != NULL && count < MOST_WORDS; word = strtok_r(NULL, " \t\r", &rest))
        words[count++] = word;
    return count;
}

void
command_run(struct cluster *cluster, char *line, struct reply *reply)
{
    char *words[MOST_WORDS];
    int count = split(line, words);
    size_t i;

    *reply = (struct reply){ .text = "ok" };
    for (i = 0; i < COMMANDS && count > 0; i++) {
        const struct command *command = &commands[i];

        if (strcmp(words[0], command->name) != 0)
            continue;
        if (count - 1 >= command->fewest && count - 1 <= command->most)
            command->run(cluster, words, count, reply);
        else
            snprintf(reply->text, sizeof(reply->text), "error: write: %s%s%s", command->name,
                     command->arguments[0] == '\0' ? "" : " ", command->arguments);
        return;
    }
    refuse(reply, "no such command: try help");
}

void
command_print_all(FILE *stream)
{
    size_t i;

    for (i = 0; i < COMMANDS; i++)
        fprintf(stream, "  %-11s %-26s  %s\n", commands[i].name, commands[i].arguments, commands[i].help);
}
