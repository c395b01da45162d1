/* What a command was given, checked against its row; the same at both ends of the socket. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "command.h"

struct arguments {
    const struct command *command;
    const char *text[ARGUMENTS];      /* as given, by place in the row; NULL: not given; of a flag "" */
    int64_t number[ARGUMENTS];        /* of a number, a time, a duration */
};

/* From the words behind the command's name (NULL-terminated). -1 with *why, in the arena. */
int arguments_from_words(struct arguments *arguments, const struct command *command, const char *const *words,
                         int64_t now_ms, struct arena *arena, const char **why);
/* From the query of a request. */
int arguments_from_query(struct arguments *arguments, const struct command *command, const struct request *request,
                         const char **why);

/* By the name in the row, which must have it. NULL, or the other number, if it was not given. */
const char *argument_text(const struct arguments *arguments, const char *name);
int64_t argument_number(const struct arguments *arguments, const char *name, int64_t otherwise);

/* As it is typed, without its reason: "dead-letters redrive 7". */
const char *arguments_typed(const struct arguments *arguments, struct arena *arena);
/* As it is sent: "/dead-letters/redrive?id=7". */
const char *arguments_target(const struct arguments *arguments, struct arena *arena);

#endif
