#include "command.h"

#include "../base/memory.h"
#include "../base/page.h"

#include <string.h>

/* How many of the words (NULL-terminated) are the command's name: all of its own, or 0. */
static int
words_matched(const struct command *command, const char *const *words)
{
    const char *name = command->name;
    int count = 0;

    while (*name != '\0') {
        size_t size = strcspn(name, " ");

        if (words[count] == NULL || strlen(words[count]) != size || strncmp(words[count], name, size) != 0)
            return 0;
        name += size + (name[size] == ' ');
        count++;
    }
    return count;
}

/* What may follow this noun: "list, show, retry"; NULL if no command begins with it. */
static const char *
verbs_of(const char *noun, struct arena *arena)
{
    const char *verbs = NULL;
    size_t size = strlen(noun);

    for (const struct command *command = commands; command->name != NULL; command++)
        if (strncmp(command->name, noun, size) == 0 && command->name[size] == ' ')
            verbs = verbs == NULL ? command->name + size + 1
                                  : arena_format(arena, "%s, %s", verbs, command->name + size + 1);
    return verbs;
}

/* The first words of all commands, each once: those with the same one stand together in the table. */
static const char *
nouns(struct arena *arena)
{
    const char *list = "", *last = "";

    for (const struct command *command = commands; command->name != NULL; command++) {
        size_t size = strcspn(command->name, " ");

        if (strncmp(last, command->name, size) != 0 || last[size] != '\0')
            list = arena_format(arena, "%s%.*s, ", list, (int)size, command->name);
        last = arena_bytes(arena, command->name, size);
    }
    return list;
}

const struct command *
command_of_words(const char *const *words, int *used, struct arena *arena, const char **why)
{
    const char *verbs;

    if (words[0] != NULL)
        for (const struct command *command = commands; command->name != NULL; command++)
            if ((*used = words_matched(command, words)) > 0)
                return command;
    verbs = words[0] == NULL ? NULL : verbs_of(words[0], arena);
    if (verbs != NULL && words[1] == NULL)
        *why = arena_format(arena, "%s what? One of %s", words[0], verbs);
    else if (verbs != NULL)
        *why = arena_format(arena, "there is no command %s %.60s: it is one of %s", words[0], words[1], verbs);
    else if (words[0] != NULL)
        *why = arena_format(arena, "there is no command %.60s: it is one of %shelp", words[0], nouns(arena));
    else
        *why = arena_format(arena, "a command is wanted: one of %shelp", nouns(arena));
    return NULL;
}

const struct command *
command_of_path(const char *path)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        const char *name = command->name, *next = path + 1;

        while (*name != '\0' && (*next == *name || (*name == ' ' && *next == '/'))) {
            name++;
            next++;
        }
        if (*name == '\0' && *next == '\0')
            return command;
    }
    return NULL;
}

static void
print_argument(struct page *page, const struct argument *argument)
{
    page_print(page, argument->required ? " " : " [");
    if (argument->option)
        page_print(page, "--%s%s", argument->name, argument->kind == ARGUMENT_FLAG ? "" : " ");
    if (argument->kind != ARGUMENT_FLAG)
        page_print(page, "%s", argument->shown);
    if (!argument->required)
        page_print(page, "]");
}

const char *
command_usage(const struct command *command, struct arena *arena)
{
    struct page page;

    page_init(&page, arena);
    page_print(&page, "%s", command->name);
    for (int i = 0; i < ARGUMENTS && command->arguments[i].name != NULL; i++)
        print_argument(&page, &command->arguments[i]);
    return page.text;
}

void
commands_help(const char *program, struct arena *arena, FILE *out)
{
    fprintf(out, "usage: %s [--data-dir FOLDER] ctl COMMAND\n\n"
                 "Asks the running service, by the socket in its DATA_DIR. Exit status: 0 it is so, 1 it is not, 2 wrong use.\n"
                 "TIME is 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 2h, 1d.\n\n", program);
    for (const struct command *command = commands; command->name != NULL; command++)
        fprintf(out, "  %s\n      %s\n", command_usage(command, arena), command->help);
}
