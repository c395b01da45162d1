/* command.h: the lines that the control socket understands. */
#ifndef DEVBROKER_COMMAND_H
#define DEVBROKER_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

struct cluster;

struct reply {
    char text[512];             /* one line without its newline; "error: …" if the command was refused */
    bool restart;               /* when the text has been sent, the process has to execute itself anew */
};

/* Does what `line` says and writes the reply. Cuts `line` into words. */
void command_run(struct cluster *cluster, char *line, struct reply *reply);

/* Prints the commands for --help, one per line. */
void command_print_all(FILE *stream);

#endif
