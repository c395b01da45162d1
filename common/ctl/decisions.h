/* What waits for an operator, each with the command that decides it. */
#ifndef DECISIONS_H
#define DECISIONS_H

struct node;
struct page;

/* A line or two for each; answers how many. */
int decisions_print(struct node *node, struct page *page);

#endif
