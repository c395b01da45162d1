/* Where partitions begin and end. */
#ifndef OFFSETS_H
#define OFFSETS_H

#include <librdkafka/rdkafka.h>

/* In: each partition's offset is RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END; out: the first offset that it has, or
 * the next one to be written. No partition twice. Blocks for a round trip, wait_ms at most. -1 if not all have answered.
 *
 * rd_kafka_query_watermark_offsets is not used anywhere: it forgets its time-out once the request is out, and with the
 * broker killed at that moment it waits for minutes, whatever socket.timeout.ms says (seen with 2.0.2; its source waits in
 * a loop without a deadline). */
int offsets_ask(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list, int wait_ms);

#endif
