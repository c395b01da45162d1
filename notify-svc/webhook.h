/* The webhook channel: what is posted for a notification that is PENDING, and what an answer means for it. */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <stdio.h>

struct outside;

extern const struct outside webhook;

/* What is wrong with the settings WEBHOOK_…, a line each; answers how many mistakes there are. */
int webhook_check_settings(const void *settings, FILE *errors);

#endif
