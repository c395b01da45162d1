/* A command line and an environment, for each of the services: a line for each word, "NAME=VALUE" lines after an empty one for
 * the environment. What is accepted says the same when it is all written as flags; what is not is told a line each. */
#include "../../common/base/memory.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"
#include "fuzz.h"
#include "input.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 100, SETTINGS = 64 };

struct words {
    char *word[WORDS + 1];      /* ends with NULL */
    int count;
};

static void
add(struct words *words, char *word)
{
    if (words->count < WORDS)
        words->word[words->count++] = word;
    else
        free(word);
}

static void
release(struct words *words)
{
    for (int i = 0; i < words->count; i++)
        free(words->word[i]);
}

static void
read_input(const char *bytes, size_t size, struct words *arguments, struct words *environment)
{
    struct input lines = input_of(bytes, size);
    struct words *words = arguments;
    struct piece line;

    while (input_take(&lines, '\n', &line))
        if (line.size == 0)
            words = environment;
        else
            add(words, piece_text(&line));
}

/* ---- what was complained of ---- */

static struct command_line
read_settings(const struct service *service, struct settings *settings, struct words *arguments, struct words *environment,
              char **errors)
{
    char **before = environ;
    size_t size;
    FILE *out = open_memstream(errors, &size);
    struct command_line line;

    environ = environment->word;
    line = settings_read(service->settings, settings, 8081, "data", arguments->count, arguments->word, out);
    environ = before;
    if (service->check_settings != NULL && line.command == COMMAND_RUN && service->check_settings(settings, out) > 0)
        line.command = COMMAND_WRONG;
    fclose(out);
    return line;
}

/* A line each, whatever was given. */
static void
check_errors(const char *errors)
{
    for (const char *line = errors; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t size = strcspn(line, "\n");

        MUST(line[size] == '\n' && memmem(line, size, ": ", 2) != NULL, "no complaint: %s", line);
        MUST(text_is_harmless(line, size), "a control character in a complaint: %s", line);
    }
}

/* ---- written as flags ---- */

static const char *
text_at(const struct settings *settings, const struct setting *setting)
{
    return *(const char *const *)(const void *)((const char *)settings + setting->offset);
}

static int64_t
number_at(const struct settings *settings, const struct setting *setting)
{
    const char *at = (const char *)settings + setting->offset;

    return setting->kind == SETTING_FLAG ? *(const bool *)(const void *)at : *(const int64_t *)(const void *)at;
}

/* HTTP_PORT is --http-port. */
static void
add_flag(struct words *words, const struct settings *settings, const struct setting *setting)
{
    char *word = NULL;
    size_t size;
    FILE *out = open_memstream(&word, &size);

    fputs("--", out);
    for (const char *c = setting->name; *c != '\0'; c++)
        fputc(*c == '_' ? '-' : *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c, out);
    if (setting->kind == SETTING_TEXT)
        fprintf(out, "=%s", text_at(settings, setting));
    else
        fprintf(out, "=%lld", (long long)number_at(settings, setting));
    fclose(out);
    add(words, word);
}

static void
must_be_same(const struct settings *one, const struct settings *other, const struct setting *setting)
{
    for (; setting->name != NULL; setting++)
        if (setting->kind == SETTING_TEXT)
            MUST(strcmp(text_at(one, setting), text_at(other, setting)) == 0, "%s is another text", setting->name);
        else
            MUST(number_at(one, setting) == number_at(other, setting), "%s is another number", setting->name);
}

static void
check_accepted(const struct service *service, const struct settings *settings)
{
    struct settings *again = memory_new(1, service->settings_size);
    struct words flags = { .count = 0 }, nothing = { .count = 0 };
    char *errors = NULL;

    add(&flags, memory_copy_text("svc"));
    for (const struct setting *setting = common_settings; setting->name != NULL; setting++)
        add_flag(&flags, settings, setting);
    for (const struct setting *setting = service->settings; setting->name != NULL; setting++)
        add_flag(&flags, settings, setting);
    MUST(read_settings(service, again, &flags, &nothing, &errors).command == COMMAND_RUN, "as flags they are wrong: %s", errors);
    must_be_same(settings, again, common_settings);
    must_be_same(settings, again, service->settings);
    release(&flags);
    free(errors);
    free(again);
}

static void
read_for(const struct service *service, struct words *arguments, struct words *environment)
{
    struct settings *settings = memory_new(1, service->settings_size);
    char *errors = NULL;
    struct command_line line = read_settings(service, settings, arguments, environment, &errors);

    check_errors(errors);
    MUST((line.command != COMMAND_RUN && line.command != COMMAND_CTL) || *errors == '\0', "taken, and complained of: %s", errors);
    MUST(line.command != COMMAND_WRONG || *errors != '\0', "wrong, and nobody says why");
    MUST(line.command != COMMAND_CTL || (line.rest > 0 && line.rest <= arguments->count), "nothing follows ctl");
    if (line.command == COMMAND_RUN)
        check_accepted(service, settings);
    free(errors);
    free(settings);
}

void
fuzz_settings(const char *bytes, size_t size)
{
    struct words arguments = { .count = 0 }, environment = { .count = 0 };

    add(&arguments, memory_copy_text("svc"));
    read_input(bytes, size, &arguments, &environment);
    read_for(&order_service, &arguments, &environment);
    read_for(&payment_service, &arguments, &environment);
    read_for(&notify_service, &arguments, &environment);
    release(&arguments);
    release(&environment);
}
