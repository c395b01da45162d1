/* Before the run: the services answer, accounts are open and full. */
#ifndef PREPARE_H
#define PREPARE_H

struct run;
struct preparation;

/* Calls on_ready once, with NULL or with what went wrong (the callee's to free). */
struct preparation *prepare(struct run *run, void (*on_ready)(void *context, char *problem), void *context);
void preparation_free(struct preparation *preparation);

#endif
