/* Where the simulator reaches into a service without touching its code: around the handlers of its tables, and around what
 * listens to commits. */
#ifndef HOOKS_H
#define HOOKS_H

struct member;

/* Fills the member's own tables, from which it will run. */
void hooks_install(struct member *member);

#endif
