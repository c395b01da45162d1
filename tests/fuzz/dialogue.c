#include "dialogue.h"

#include "fuzz.h"

#include <string.h>

static const char later = '\xff', other = '\xfe', enough = '\xfd';

static size_t
until_mark(const char *bytes, size_t size)
{
    size_t used = 0;

    while (used < size && bytes[used] != later && bytes[used] != other && bytes[used] != enough)
        used++;
    return used;
}

void
dialogue_play(struct client clients[SERVED_CLIENTS], const char *bytes, size_t size)
{
    int who = 0;

    while (size > 0) {
        size_t used = until_mark(bytes, size);

        served_say(clients, who, bytes, used);
        bytes += used;
        size -= used;
        if (size == 0)
            break;
        if (*bytes == enough)
            served_half_close(clients, who);
        else if (*bytes == other)
            who = 1 - who;
        bytes++;
        size--;
    }
    served_wait_for_replies(clients);
    served_wait(clients);
}

void
dialogue_answers(const struct client clients[SERVED_CLIENTS], const char *asked, size_t asked_size,
                 void (*each)(void *context, const struct client *client, const struct response *response), void *context)
{
    for (int i = 0; i < SERVED_CLIENTS; i++) {
        const char *next = clients[i].bytes;
        size_t left = clients[i].size, used;
        struct response response;

        while ((used = response_read(next, left, asked, asked_size, &response)) > 0) {
            each(context, &clients[i], &response);
            MUST(!response.close || used == left, "something follows the last answer: %.40s", next + used);
            response_release(&response);
            next += used;
            left -= used;
        }
    }
}
