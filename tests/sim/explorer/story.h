/* The deeds that led to a world, drawn as a sequence. */
#ifndef STORY_H
#define STORY_H

#include "world.h"

#include <stdio.h>

/* worlds: one more than deeds. */
void story_draw(const struct rules *rules, const struct deed *deeds, const struct world *worlds, int count, FILE *out);

#endif
