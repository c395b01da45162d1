/* options.h: what the command line asks of the broker. */
#ifndef DEVBROKER_OPTIONS_H
#define DEVBROKER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topic {
    char name[250];             /* Kafka's longest name is 249 characters. */
    int partitions;             /* 1 to 1000 */
};

struct options {
    uint16_t port;              /* on 127.0.0.1 */
    const char *control;        /* path of the control socket, NULL for none; points into argv */
    struct topic *topics;       /* at least one, no two of the same name */
    size_t topic_count;
    bool help;                  /* --help was given: nothing else has been checked. */
};

/* The boot id's topic is called this and the id; nobody else may use the prefix. */
#define BOOT_TOPIC_PREFIX "devbroker-boot-"

/* Reads the command line. Returns 0; or -1 after printing every mistake in it to stderr. Release it in both cases. */
int options_init(struct options *options, int argc, char **argv);
void options_release(struct options *options);

#endif
