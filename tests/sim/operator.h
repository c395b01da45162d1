/* The operator: looks from time to time, resumes what is halted, sends again what is parked, redrives dead letters. */
#ifndef OPERATOR_H
#define OPERATOR_H

#include <stdbool.h>

void operator_start(void);
/* There is nothing left for him to do, as far as can be seen. */
bool operator_is_done(void);

#endif
