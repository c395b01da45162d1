/* Where the simulator reaches into a service without touching its code: around the handlers of its tables, around what
 * listens to commits, and in place of common/running.h. */
#ifndef HOOKS_H
#define HOOKS_H

struct member;

/* Fills the member's own tables, from which it will run. */
void hooks_install(struct member *member);

#endif
