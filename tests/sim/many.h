/* Many runs, each in a process of its own, as many at a time as there are cores. */
#ifndef MANY_H
#define MANY_H

struct options;

/* Prints how it goes and how it went. Answers the exit status. */
int many(const struct options *options);

#endif
