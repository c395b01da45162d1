/* The operator: uses the socket of each service as `ctl` does. Looks from time to time, resumes what is halted, sends again
 * what is parked, redrives dead letters; and does what people do. */
#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

void operator_start(void);
/* Pauses a partition, or has events said again. */
void operator_meddle(void);
/* There is nothing left for him to do, as far as can be seen. */
bool operator_is_done(void);

#endif
