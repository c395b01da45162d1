/* What operators and the loop ask of a consumer, and decide about it. */
#include "consumer_private.h"

#include "../base/clock.h"
#include "../store/position.h"
#include "offsets.h"

enum { OFFSETS_MS = 1000 };

static int64_t
lag_of(const struct consumer *consumer, const struct partition *partition)
{
    int64_t next = positions_get(consumer->positions, partition->topic, partition->number)->next, low, high;

    if (!consumer->assigned
        || rd_kafka_get_watermark_offsets(consumer_handle(consumer, partition), partition->name, partition->number, &low,
                                          &high) != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0)
        return -1;
    if (next < 0)
        next = low < 0 ? 0 : low;
    return high > next ? high - next : 0;
}

/* librdkafka reports an end once; a pause and a resume make it report it again, and no record. While there is more to read
 * the end will come by itself: a pause would only throw away what was fetched. */
void
consumer_want_end(struct consumer *consumer, enum topic topic, int partition, int64_t now_ms)
{
    struct partition *wanted = consumer_find(consumer, topic, partition);

    if (wanted == NULL || !consumer->assigned || wanted->stopped != NULL || partition_holds(wanted))
        return;
    wanted->end_wanted_ms = now_ms;
    wanted->end_is_fresh = false;
    if (lag_of(consumer, wanted) <= 0)
        consumer_fetch_end(consumer, wanted);
}

/* ---- operators ---- */

int
consumer_halt(struct consumer *consumer, enum topic topic, int partition, const char *why)
{
    struct partition *halted = consumer_find(consumer, topic, partition);

    if (halted == NULL)
        return -1;
    halted->stopped = why;
    halted->halted = true;
    partition_forget(halted);
    if (consumer->assigned)
        consumer_pause_fetch(consumer, halted);
    return 0;
}

int
consumer_resume(struct consumer *consumer, enum topic topic, int partition)
{
    struct partition *resumed = consumer_find(consumer, topic, partition);
    int64_t next;

    if (resumed == NULL)
        return -1;
    if (resumed->stopped == NULL)
        return 0;
    resumed->stopped = NULL;
    resumed->halted = false;
    if (!consumer->assigned)
        return 0;
    next = positions_get(consumer->positions, topic, partition)->next;
    resumed->checked = true;
    resumed->short_us = 0;
    consumer_resume_fetch(consumer, resumed);
    consumer_read_from(consumer, resumed, next < 0 ? RD_KAFKA_OFFSET_BEGINNING : next);
    return 0;
}

static int
ask_offset(struct consumer *consumer, const struct partition *partition, int64_t which, int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    int result;

    rd_kafka_topic_partition_list_add(list, partition->name, partition->number)->offset = which;
    result = offsets_ask(consumer_handle(consumer, partition), list, OFFSETS_MS);
    *offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

int
consumer_offsets(struct consumer *consumer, enum topic topic, int partition, int64_t *first, int64_t *next)
{
    const struct partition *asked = consumer_find(consumer, topic, partition);

    return asked == NULL || !consumer->assigned || ask_offset(consumer, asked, RD_KAFKA_OFFSET_BEGINNING, first) != 0
           || ask_offset(consumer, asked, RD_KAFKA_OFFSET_END, next) != 0 ? -1 : 0;
}

bool
consumer_partition(const struct consumer *consumer, int index, struct partition_state *state)
{
    const struct partition *partition;

    if (index >= consumer->count)
        return false;
    partition = &consumer->partitions[index];
    *state = (struct partition_state){
        .topic = partition->topic,
        .partition = partition->number,
        .lag = lag_of(consumer, partition),
        .held = partition_holds(partition),
        .again_ms = (partition->again_us - clock_monotonic_us(consumer->clock)) / 1000,
        .refused = partition->refused,
        .seems_short = partition->short_us != 0,
        .stopped = partition->stopped,
        .halted = partition->halted,
    };
    return true;
}

const struct consumer_stats *
consumer_stats(const struct consumer *consumer)
{
    return &consumer->stats;
}
