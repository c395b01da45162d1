/* What is typed after ctl, a line for each word: it arrives at the other end of the socket as it was typed, or a mistake is told
 * in one line. */
#include "../../common/base/memory.h"
#include "../../common/base/text.h"
#include "../../common/ctl/arguments.h"
#include "fuzz.h"
#include "input.h"
#include "members.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS = 12 };

/* The request as the server reads it. */
static void
arrive(const struct arguments *typed, struct arena *arena)
{
    const char *target = arguments_target(typed, arena), *query = strchr(target, '?'), *why = NULL;
    struct request request = { .arena = arena, .query = query == NULL ? NULL : query + 1, .in.received_at = FUZZ_NOW_MS };
    struct arguments arrived;

    for (const char *c = target; *c != '\0'; c++)
        MUST(*c > ' ' && *c < 0x7f, "no target of a request: %s", target);
    MUST(command_of_path(arena_bytes(arena, target, strcspn(target, "?"))) == typed->command, "%s is another command", target);
    MUST(arguments_from_query(&arrived, typed->command, &request, &why) == 0, "%s: %s", target, why);
    for (int i = 0; i < ARGUMENTS && typed->command->arguments[i].name != NULL; i++) {
        MUST((typed->text[i] == NULL) == (arrived.text[i] == NULL), "%s: lost or invented", typed->command->arguments[i].name);
        MUST(typed->text[i] == NULL || (strcmp(typed->text[i], arrived.text[i]) == 0 && typed->number[i] == arrived.number[i]),
             "%s arrives as %s", typed->text[i], arrived.text[i]);
    }
}

static void
check_mistake(const char *why)
{
    MUST(why != NULL && *why != '\0', "wrong, and nobody says why");
}

static void
type(const char *const *words, struct arena *arena)
{
    const struct command *command;
    struct arguments arguments;
    const char *why = NULL;
    int used;

    command = command_of_words(words, &used, arena, &why);
    if (command != NULL && arguments_from_words(&arguments, command, words + used, FUZZ_NOW_MS, arena, &why) == 0)
        arrive(&arguments, arena);
    else
        check_mistake(why);
}

void
fuzz_words(const char *bytes, size_t size)
{
    struct input lines = input_of(bytes, size);
    char *words[WORDS + 1] = { NULL };
    struct arena arena;
    struct piece line;
    int count = 0;

    arena_init(&arena);
    while (count < WORDS && input_take(&lines, '\n', &line))
        words[count++] = piece_text(&line);
    type((const char *const *)words, &arena);
    arena_release(&arena);
    while (count > 0)
        free(words[--count]);
}
