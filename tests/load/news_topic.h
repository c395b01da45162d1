/* News from the notifications topic: a customer who was told of a state had an order in it. */
#ifndef NEWS_TOPIC_H
#define NEWS_TOPIC_H

struct news;
struct news_topic;
struct run;

/* Reads from the end of every partition, as it is when it is found. */
struct news_topic *news_topic_new(struct news *news, struct run *run);
/* NULL does nothing. */
void news_topic_free(struct news_topic *topic);
/* Why the ends are not found yet; NULL when they are. */
const char *news_topic_problem(const struct news_topic *topic);

#endif
