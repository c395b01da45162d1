/* What the load driver is answered: an answer of HTTP/1.1, and a stream of events. It does not matter in how many parts the
 * bytes come. */
#include "../load/answer.h"

#include "../../common/base/memory.h"
#include "../load/feed_stream.h"
#include "fuzz.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>

/* ---- an answer ---- */

static ssize_t
read_first(const char *bytes, size_t size, struct answer *answer, char **copy)
{
    *copy = memory_new(size + 1, 1);
    if (size > 0)
        memcpy(*copy, bytes, size);
    (*copy)[size] = 'x';        /* may be written, is no end */
    return answer_read(*copy, size, answer);
}

static void
check_answer(const char *bytes, size_t size)
{
    struct answer answer = { 0 }, part = { 0 };
    char *copy, *other, text[60];
    ssize_t used = read_first(bytes, size, &answer, &copy);

    MUST(used >= -1 && used <= (ssize_t)size, "%zd bytes of %zu", used, size);
    if (used > 0) {
        MUST(answer.status >= 200 && answer.status <= 599 && answer.body[answer.size] == '\0', "no answer: %d", answer.status);
        answer_text(&answer, "order_id", text, sizeof(text));
        for (ssize_t i = 1; i < used; i = i < 40 ? i + 1 : i * 2) {
            MUST(read_first(bytes, (size_t)i, &part, &other) == 0, "the first %zd of %zd bytes are an answer, or none", i, used);
            free(other);
        }
    }
    free(copy);
}

/* ---- a stream ---- */

struct heard {
    int events;
    uint64_t sum;               /* of ids and bytes, in their order */
};

static void
on_data(void *context, int64_t id, char *data)
{
    struct heard *heard = context;

    heard->events++;
    heard->sum = heard->sum * 31 + (uint64_t)id;
    for (; *data != '\0'; data++)
        heard->sum = heard->sum * 31 + (unsigned char)*data;
}

static int
feed(const char *bytes, size_t size, size_t at_once, struct heard *heard)
{
    struct feed_stream *stream = memory_new(1, sizeof(*stream));
    const char *problem = NULL;
    int result = 0;

    stream->id = -1;
    stream->on_data = on_data;
    stream->context = heard;
    feed_stream_begin(stream);
    while (size > 0 && result == 0) {
        size_t room, part;
        char *to = feed_stream_room(stream, &room);

        part = at_once < room ? at_once : room;
        part = part < size ? part : size;
        memcpy(to, bytes, part);
        result = feed_stream_take(stream, part, &problem);
        MUST(result == 0 || problem != NULL, "refused, and nobody says why");
        bytes += part;
        size -= part;
    }
    free(stream);
    return result;
}

static void
check_stream(const char *bytes, size_t size)
{
    struct heard whole = { 0 }, parts = { 0 };
    int result = feed(bytes, size, size, &whole);

    MUST(feed(bytes, size, 7, &parts) == result && whole.events == parts.events && whole.sum == parts.sum,
         "%d events at once, %d in parts", whole.events, parts.events);
}

void
fuzz_answer(const char *bytes, size_t size)
{
    check_answer(bytes, size);
    check_stream(bytes, size);
}
