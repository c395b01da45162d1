/* Promises that the databases alone do not show: what may be given up, what may expire, what may overtake what. */
#ifndef PROMISES_H
#define PROMISES_H

struct envelope;
struct member;

/* Right after orders expired because of this timer: none of them had its payment waiting in the log that was read. */
void check_expiry(struct member *member, const struct envelope *timer);
/* At the end: nothing was set aside that nobody had made fail, and whatever was has been handled since. */
void check_given_up(void);
/* At the end: who was told by a webhook has got it. */
void check_webhooks(void);
/* At the end: what was said of an order stands in its log in the order in which it was said. */
void check_order_of_logs(void);

#endif
