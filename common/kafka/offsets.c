#include "offsets.h"

/* The times -1 and -2 of Kafka's ListOffsets request are the end and the beginning, as RD_KAFKA_OFFSET_END and
 * RD_KAFKA_OFFSET_BEGINNING are. */
int
offsets_ask(rd_kafka_t *handle, rd_kafka_topic_partition_list_t *list, int wait_ms)
{
    if (rd_kafka_offsets_for_times(handle, list, wait_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR || list->elems[i].offset < 0)
            return -1;
    return 0;
}
