/* A run as one HTML page that asks no other address for anything. */
#ifndef LOAD_PAGE_H
#define LOAD_PAGE_H

#include <stdio.h>

struct outcome;

/* report.html with the document of the run in it. */
void page_write(const struct outcome *outcome, FILE *out);

#endif
