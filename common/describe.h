/* The tables of a service as text: what `--reactions`, `--schema` and `--crash-points` print. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdio.h>

struct service;

void describe_reactions(const struct service *service, FILE *out);
void describe_schema(const struct service *service, FILE *out);
/* A table for people, the same for every service: tests/crash/README.md has it, tests/crash/run reads it. */
void describe_crash_points(FILE *out);

#endif
