/* notify-svc: tells customers what became of their orders. */
#ifndef NOTIFY_SERVICE_H
#define NOTIFY_SERVICE_H

struct service;

extern const struct service notify_service;

#endif
