/* The simulated broker: a log for each partition, kept in memory. Knows what a broker knows: no service, no event. */
#ifndef CLUSTER_H
#define CLUSTER_H

#include "../../common/base/record.h"

enum { CLUSTER_PARTITIONS = 4 };

/* Its identity as librdkafka and the embedded broker show it. */
const char *cluster_id(void);
/* The name of the topic that tells one life of a forgetful broker from the next; NULL if it is a lasting one. */
const char *cluster_boot_topic(void);

bool cluster_is_up(void);
/* How often it has forgotten everything. */
int cluster_life(void);
/* It can be reached no more, for so long. empty: it comes back without its logs, as another one. */
void cluster_go_away(int64_t for_us, bool empty);
void cluster_come_back(void);

/* The offset after the last record. */
int64_t cluster_end(int topic, int partition);
const struct record *cluster_record(int topic, int partition, int64_t offset);
int64_t cluster_appended_ms(int topic, int partition, int64_t offset);
/* Appends a record that lives as long as the run. */
void cluster_append(int topic, int partition, const struct record *record);

/* Nothing of this topic is taken for so long. */
void cluster_refuse_topic(int topic, int64_t for_us);
bool cluster_refuses_topic(int topic);
/* The record itself is refused, each time. */
bool cluster_refuses(const struct record *record);

/* A copy that lives as long as the run. */
const struct record *cluster_keep(const struct record *record);

/* Everything that was said more than so long ago has been read by all who hear it, durably: it may be forgotten by who
 * said it. */
bool cluster_is_read(int64_t older_than_ms);

void cluster_release(void);

#endif
