/* Commands for operators, of the same binary: `order-svc ctl …`. */
#ifndef CTL_H
#define CTL_H

struct settings;

/* arguments: what follows `ctl`, NULL-terminated. Answers the exit status: 0 yes, 1 no, 2 wrong usage. */
int ctl_main(const char *program, const struct settings *settings, char **arguments);

#endif
