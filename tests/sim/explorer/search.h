/* Every world that can be reached, each once, nearest first: so the first that is wrong is reached by the fewest deeds. */
#ifndef SEARCH_H
#define SEARCH_H

#include "world.h"

struct search;

/* rules must outlive it. */
struct search *search_new(const struct rules *rules);
void search_free(struct search *search);

/* Goes on to the next world that is at rest. false: there is none any more, or a deed went wrong: then *wrong says what, and
 * search_world is what came of it. */
bool search_next(struct search *search, const char **wrong);
/* Where it is. */
const struct world *search_world(const struct search *search);

/* The deeds that lead there, and the worlds between: worlds[0] is the first one, worlds[n] what came of deeds[n - 1]. The
 * caller's. Answers how many deeds there are. */
int search_path(const struct search *search, struct deed **deeds, struct world **worlds);

int64_t search_worlds(const struct search *search);
int64_t search_deeds(const struct search *search);

#endif
