/* What stands in for common/room.h: the disk is full when the simulator says so, and has no ballast. */
#include "../../common/room.h"

#include "sim.h"

#include <stdlib.h>

struct room {
    const struct member *member;
    struct room_stats stats;
};

struct room *
room_new(const struct settings *settings, const char *service, const struct log *log)
{
    struct room *room = memory_new(1, sizeof(*room));

    (void)settings, (void)log;
    room->member = member_named(service);
    return room;
}

void
room_free(struct room *room)
{
    free(room);
}

void
room_look(struct room *room, int64_t pending)
{
    room->stats.pending = pending;
}

void
room_after_commit(void *room, bool committed)
{
    (void)room, (void)committed;
}

const char *
shortage_name(enum shortage what)
{
    return what == SHORT_OF_DISK ? "disk" : "outbox";
}

const char *
room_short_of(const struct room *room, enum shortage what)
{
    return what == SHORT_OF_DISK && room->member->disk_is_full ? "the simulated disk is full" : NULL;
}

const char *
room_refusal(struct room *room)
{
    if (room->member->disk_is_full)
        room->stats.refused[SHORT_OF_DISK]++;
    return room_short_of(room, SHORT_OF_DISK);
}

bool
room_is_short(const struct room *room)
{
    return room->member->disk_is_full;
}

bool
room_is_full(const struct room *room)
{
    return room->member->disk_is_full;
}

const struct room_stats *
room_stats(const struct room *room)
{
    return &room->stats;
}
