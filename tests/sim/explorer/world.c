#include "world.h"

#include <string.h>

static const int answers[POST_ANSWERS] = { 204, 410, 0 };

int
world_post_kind(int post)
{
    return (post - 1) / POST_ANSWERS;
}

int
world_post_status(int post)
{
    return answers[(post - 1) % POST_ANSWERS];
}

struct world
world_first(const struct rules *rules)
{
    struct world world;

    memset(&world, 0, sizeof(world));
    for (int i = 0; i < AUDITED; i++)
        world.database[i] = turns_first(rules->turns, (enum audited)i);
    return world;
}

/* Records that do not concern it are passed together with the next one that does. */
int
world_next_record(const struct rules *rules, const struct world *world, enum audited who, enum topic topic, int *offset)
{
    int log = world->log[topic], length = logs_length(rules->logs, log);

    if (!service_hears(actor_service(who), (enum topic)(topic % TOPICS)))
        return -1;
    for (*offset = turns_seen(rules->turns, who, world->database[who])->position[topic]; *offset < length; ++*offset) {
        int record = logs_at(rules->logs, log, *offset);

        if (turns_hears(rules->turns, who, record))
            return record;
    }
    return -1;
}

enum mischief
world_mischief(const struct deed *deed)
{
    if (deed->trouble == TROUBLE_KILL || deed->what == DEED_KILL)
        return MISCHIEF_KILL;
    if (deed->what == DEED_SEND_TWICE || deed->what == DEED_REPEAT_ROW)
        return MISCHIEF_DOUBLE;
    if (deed->what == DEED_STICK)
        return MISCHIEF_REFUSAL;
    if (deed->trouble != TROUBLE_NONE || (deed->what == DEED_POST && world_post_status(deed->detail) != 204))
        return MISCHIEF_FAILURE;
    return NO_MISCHIEF;
}
