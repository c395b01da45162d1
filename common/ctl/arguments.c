#include "arguments.h"

#include "../base/memory.h"
#include "../base/page.h"
#include "../base/text.h"
#include "../base/when.h"
#include "../http/percent.h"

#include <assert.h>
#include <string.h>

/* ---- checking ---- */

static bool
is_choice(const char *const *choices, const char *text)
{
    for (; *choices != NULL; choices++)
        if (strcmp(*choices, text) == 0)
            return true;
    return false;
}

static const char *
listed(const char *const *choices, struct arena *arena)
{
    const char *list = *choices++;

    for (; *choices != NULL; choices++)
        list = arena_format(arena, "%s, %s", list, *choices);
    return list;
}

/* What is wrong with the value; NULL if nothing is. */
static const char *
mistake(const struct argument *argument, const char *text, int64_t now_ms, int64_t *number, struct arena *arena)
{
    size_t size = strlen(text);

    switch (argument->kind) {
    case ARGUMENT_NUMBER:
        if (text_parse_int(text, argument->min, argument->max, number) == 0)
            return NULL;
        if (argument->max == INT64_MAX)
            return arena_format(arena, "must be a whole number from %lld", (long long)argument->min);
        return arena_format(arena, "must be a whole number from %lld to %lld", (long long)argument->min,
                            (long long)argument->max);
    case ARGUMENT_TIME:
        return when_parse(text, now_ms, number) == 0 ? NULL
               : "must be a time like 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 2h, 1d";
    case ARGUMENT_DURATION:
        return when_parse_duration(text, number) == 0 ? NULL : "must be a duration like 90s, 15m, 2h, 1d";
    case ARGUMENT_TEXT:
        if (argument->choices != NULL)
            return is_choice(argument->choices, text) ? NULL
                   : arena_format(arena, "must be one of %s", listed(argument->choices, arena));
        if (size < (size_t)argument->min || size > (size_t)argument->max || !text_is_utf8(text, size))
            return arena_format(arena, "must have %lld to %lld bytes of UTF-8", (long long)argument->min,
                                (long long)argument->max);
        return NULL;
    case ARGUMENT_FLAG:
        break;
    }
    return NULL;
}

static const char *
label(const struct argument *argument, struct arena *arena)
{
    return argument->option ? arena_format(arena, "--%s", argument->name) : argument->shown;
}

static int
check(struct arguments *arguments, int64_t now_ms, struct arena *arena, const char **why)
{
    const struct argument *argument = arguments->command->arguments;

    for (int i = 0; i < ARGUMENTS && argument[i].name != NULL; i++) {
        const char *text = arguments->text[i], *what;

        if (text == NULL && argument[i].required) {
            *why = arena_format(arena, "%s is missing; usage: %s", label(&argument[i], arena),
                                command_usage(arguments->command, arena));
            return -1;
        }
        what = text == NULL ? NULL : mistake(&argument[i], text, now_ms, &arguments->number[i], arena);
        if (what != NULL) {
            *why = arena_format(arena, "%s %s, not \"%.100s\"", label(&argument[i], arena), what, text);
            return -1;
        }
    }
    return 0;
}

/* ---- from words ---- */

/* Where the word belongs: the option it names, or the next free place. -1: nowhere. */
static int
slot_of(const struct arguments *arguments, const char *word)
{
    const struct argument *argument = arguments->command->arguments;
    bool option = strncmp(word, "--", 2) == 0;

    for (int i = 0; i < ARGUMENTS && argument[i].name != NULL; i++) {
        if (option && argument[i].option && strcmp(argument[i].name, word + 2) == 0)
            return i;
        if (!option && !argument[i].option && arguments->text[i] == NULL)
            return i;
    }
    return -1;
}

/* Answers how many words were used; 0 with *why. */
static int
take(struct arguments *arguments, const char *const *words, struct arena *arena, const char **why)
{
    int slot = slot_of(arguments, words[0]);
    const struct argument *argument = &arguments->command->arguments[slot < 0 ? 0 : slot];

    if (slot < 0) {
        *why = arena_format(arena, "\"%.60s\" is not wanted; usage: %s", words[0],
                            command_usage(arguments->command, arena));
        return 0;
    }
    if (!argument->option) {
        arguments->text[slot] = words[0];
        return 1;
    }
    if (arguments->text[slot] != NULL) {
        *why = arena_format(arena, "--%s was given twice", argument->name);
        return 0;
    }
    if (argument->kind == ARGUMENT_FLAG) {
        arguments->text[slot] = "";
        return 1;
    }
    if (words[1] == NULL) {
        *why = arena_format(arena, "--%s needs a value: %s", argument->name, argument->shown);
        return 0;
    }
    arguments->text[slot] = words[1];
    return 2;
}

int
arguments_from_words(struct arguments *arguments, const struct command *command, const char *const *words,
                     int64_t now_ms, struct arena *arena, const char **why)
{
    *arguments = (struct arguments){ .command = command };
    while (*words != NULL) {
        int used = take(arguments, words, arena, why);

        if (used == 0)
            return -1;
        words += used;
    }
    return check(arguments, now_ms, arena, why);
}

/* ---- from a query ---- */

int
arguments_from_query(struct arguments *arguments, const struct command *command, const struct request *request,
                     const char **why)
{
    *arguments = (struct arguments){ .command = command };
    for (int i = 0; i < ARGUMENTS && command->arguments[i].name != NULL; i++)
        arguments->text[i] = request_query(request, command->arguments[i].name);
    return check(arguments, request->in.received_at, request->arena, why);
}

/* ---- reading ---- */

static int
index_of(const struct arguments *arguments, const char *name)
{
    int i = 0;

    while (strcmp(arguments->command->arguments[i].name, name) != 0) {
        i++;
        assert(i < ARGUMENTS && arguments->command->arguments[i].name != NULL);
    }
    return i;
}

const char *
argument_text(const struct arguments *arguments, const char *name)
{
    return arguments->text[index_of(arguments, name)];
}

int64_t
argument_number(const struct arguments *arguments, const char *name, int64_t otherwise)
{
    int i = index_of(arguments, name);

    return arguments->text[i] == NULL ? otherwise : arguments->number[i];
}

/* ---- writing ---- */

const char *
arguments_typed(const struct arguments *arguments, struct arena *arena)
{
    const struct argument *argument = arguments->command->arguments;
    struct page page;

    page_init(&page, arena);
    page_print(&page, "%s", arguments->command->name);
    for (int i = 0; i < ARGUMENTS && argument[i].name != NULL; i++) {
        if (arguments->text[i] == NULL || strcmp(argument[i].name, "why") == 0)
            continue;
        if (argument[i].option)
            page_print(&page, " --%s", argument[i].name);
        if (argument[i].kind != ARGUMENT_FLAG)
            page_print(&page, " %s", arguments->text[i]);
    }
    return page.text;
}

const char *
arguments_target(const struct arguments *arguments, struct arena *arena)
{
    const struct argument *argument = arguments->command->arguments;
    struct page page;

    page_init(&page, arena);
    page_print(&page, "/%s?", arguments->command->name);
    for (char *c = page.text; *c != '\0'; c++)
        if (*c == ' ')
            *c = '/';
    for (int i = 0; i < ARGUMENTS && argument[i].name != NULL; i++)
        if (arguments->text[i] != NULL)
            page_print(&page, "%s=%s&", argument[i].name, percent_encode(arena, arguments->text[i]));
    page.text[page.used - 1] = '\0';
    return page.text;
}
