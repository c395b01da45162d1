/* Operators' commands as rows of one table: what is typed after `ctl`, what it takes, who answers it. Both ends of the socket
 * run on it: `ctl dead-letters show 7` is sent as GET /dead-letters/show?id=7. */
#ifndef COMMAND_H
#define COMMAND_H

#include "../http/request.h"

#include <stdio.h>

struct arguments;
struct asked;
struct ctl;
struct node;

enum argument_kind {
    ARGUMENT_TEXT,          /* min to max bytes, or one of choices */
    ARGUMENT_NUMBER,        /* min to max */
    ARGUMENT_TIME,          /* as when_parse reads it; the number is ms since 1970 */
    ARGUMENT_DURATION,      /* as when_parse_duration reads it; the number is ms */
    ARGUMENT_FLAG           /* an option without a value */
};

struct argument {
    const char *name;               /* "id", "reason" */
    const char *shown;              /* what the usage shows for the value: "ID" */
    enum argument_kind kind;
    bool option;                    /* typed as --reason VALUE; else it stands in its place */
    bool required;
    int64_t min, max;
    const char *const *choices;     /* ends with NULL; NULL: any */
};

enum { ARGUMENTS = 10 };

/* The service's end. Reads and writes between two commits of its own: what it reads is durable, what it writes will be. */
typedef struct reply admin_handler(struct node *node, struct asked *asked);
/* The operator's end; answers the exit status. */
typedef int ctl_runner(struct ctl *ctl, const struct arguments *arguments);

struct command {
    const char *name;                       /* "dead-letters show" */
    struct argument arguments[ARGUMENTS];   /* those in places first; ends with name NULL */
    const char *help;
    bool changes;                           /* it is a decision: sent as POST, kept in the table `operation` */
    admin_handler *answer;
    ctl_runner *run;                        /* NULL: one request, and its answer is printed */
};

/* Ends with name NULL. */
extern const struct command commands[];

/* The command that the words (NULL-terminated) begin with, and how many of them are its name. NULL with *why (in the arena)
 * saying what there is. */
const struct command *command_of_words(const char *const *words, int *used, struct arena *arena, const char **why);
/* The command of a path: "/dead-letters/show". NULL if there is none. */
const struct command *command_of_path(const char *path);

/* "dead-letters show ID [--why TEXT]" */
const char *command_usage(const struct command *command, struct arena *arena);
/* All of them, a line or two each. */
void commands_help(const char *program, struct arena *arena, FILE *out);

#endif
