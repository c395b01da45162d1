/* What the command line asks of the driver. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "address.h"
#include "local_process.h"

#include "../../common/http/token.h"

#include <stdint.h>

struct arguments {
    const char *order_url, *payment_url, *notify_url;
    struct addresses order, payment, notify;   /* as many of each */
    const char *flow, *history, *json;      /* paths; NULL: none */
    const char *csv, *html;                 /* the same */
    const char *check;                      /* criteria; NULL: none */
    struct local_processes processes;       /* to be watched besides the services */
    const char *brokers, *topic;            /* NULL brokers: news come from order-svc */
    int64_t clients, connections, orders, seconds, rate, customers, seed, give_up_s, drain_s,
        knee_from, probe_s, shorten;        /* 0: not given */
    const char *token_file;                 /* NULL: the services want no token */
    char authorization[TOKEN_MAX + 40];     /* its header line, in every request; "" without a token */
    bool anywhere, quiet, find_knee, help;
};

/* -1 after printing every mistake to stderr. Strings point into argv. */
int arguments_read(struct arguments *arguments, int argc, char **argv);
void arguments_help(void);

#endif
