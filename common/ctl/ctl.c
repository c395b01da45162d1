#include "ctl.h"

#include "../base/clock.h"
#include "../base/settings.h"
#include "../http/percent.h"
#include "arguments.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One clear line, whatever it was. */
static int
wrong_use(const struct ctl *ctl, const char *why)
{
    fprintf(stderr, "%s ctl: %s\n", ctl->program, why);
    return 2;
}

int
ctl_print(const struct ctl *ctl, const struct answer *answer)
{
    if (answer->status < 400) {
        puts(answer->text);
        return 0;
    }
    if (answer->status == 400)
        return wrong_use(ctl, answer->text);
    fprintf(stderr, "%s ctl: %s\n", ctl->program, answer->text);
    return 1;
}

static const char *
login_name(void)
{
    const struct passwd *entry = getpwuid(getuid());
    const char *user = getenv("USER");

    return entry != NULL ? entry->pw_name : user != NULL ? user : "";
}

static int
run(struct ctl *ctl, const struct arguments *arguments)
{
    const struct command *command = arguments->command;
    struct answer answer;
    const char *target;

    if (command->run != NULL)
        return command->run(ctl, arguments);
    target = arguments_target(arguments, &ctl->arena);
    if (ctl_ask(ctl, command->changes ? "POST" : "GET", target, &answer) != 0)
        return 1;
    return ctl_print(ctl, &answer);
}

static int
read_and_run(struct ctl *ctl, const char *const *words)
{
    struct clock clock = clock_real();
    const struct command *command;
    struct arguments arguments;
    const char *why;
    int used;

    if (words[0] != NULL && words[1] == NULL && (strcmp(words[0], "help") == 0 || strcmp(words[0], "--help") == 0)) {
        commands_help(ctl->program, &ctl->arena, stdout);
        return 0;
    }
    command = command_of_words(words, &used, &ctl->arena, &why);
    if (command == NULL)
        return wrong_use(ctl, why);
    if (arguments_from_words(&arguments, command, words + used, clock_now_ms(&clock), &ctl->arena, &why) != 0)
        return wrong_use(ctl, arena_format(&ctl->arena, "%s: %s", command->name, why));
    return run(ctl, &arguments);
}

int
ctl_main(const char *program, const struct settings *settings, char **words)
{
    struct ctl ctl = { .program = program, .data_dir = settings->data_dir, .patience_s = 15 };
    int status;

    arena_init(&ctl.arena);
    ctl.operator = percent_encode(&ctl.arena, login_name());
    ctl.socket = arena_format(&ctl.arena, "%s/%s.sock", settings->data_dir, program);
    status = read_and_run(&ctl, (const char *const *)words);
    arena_release(&ctl.arena);
    return status;
}
