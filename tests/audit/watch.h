/* A running verdict on services at work. */
#ifndef WATCH_H
#define WATCH_H

struct options;

/* Round after round: a line with the verdict of each, and each violation once, with its timeline, when it is first seen.
 * SIGINT and SIGTERM end the process, also in the midst of a round, with the exit status of the last verdict: 2 if there is
 * none yet or the last round could not read something. */
_Noreturn void watch(const struct options *options);

#endif
