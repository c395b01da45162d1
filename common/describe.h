/* The tables of a service as text: what `--reactions` prints. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdio.h>

struct service;

void describe_reactions(const struct service *service, FILE *out);
void describe_schema(const struct service *service, FILE *out);

#endif
