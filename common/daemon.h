/* A service as a process: reads settings, opens the database, joins HTTP, Kafka and the loop, runs until SIGTERM. */
#ifndef DAEMON_H
#define DAEMON_H

struct service;

/* main() of every service. Answers the exit status: 0 after a clean stop, 1 when it cannot run, 2 for bad usage. */
int daemon_main(const struct service *service, int argc, char **argv);

#endif
