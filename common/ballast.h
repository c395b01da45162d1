/* Ballast: a file of nothing beside the database. When the disk is full it is given up, and what must be written to get out
 * of that (the log's checkpoint, the relay's cursor, deletions) has room. */
#ifndef BALLAST_H
#define BALLAST_H

#include <stdbool.h>
#include <stdint.h>

struct ballast {
    char path[4096];
    int64_t size;           /* 0: none is wanted */
    bool held;              /* it is there, whole */
};

/* DATA_DIR/NAME.ballast. Takes over one of the same size that is there; one of another size is removed. */
void ballast_init(struct ballast *ballast, const char *folder, const char *name, int64_t size);
/* Takes the room on the disk, not only the name. -1 if that fails; nothing is left then. */
int ballast_take(struct ballast *ballast);
void ballast_give_up(struct ballast *ballast);

#endif
