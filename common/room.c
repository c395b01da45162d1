#include "room.h"

#include "ballast.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

enum { MB = 1024 * 1024 };

struct room {
    const struct log *log;
    const char *folder;
    int64_t min_free, max_pending;
    struct ballast ballast;
    bool full;
    char texts[SHORTAGES][160];     /* empty: not short of it */
    struct room_stats stats;
};

const char *
shortage_name(enum shortage what)
{
    static const char *const names[SHORTAGES] = { "disk", "outbox" };

    return names[what];
}

/* ---- looking ---- */

static int64_t
free_bytes(const char *folder)
{
    struct statvfs disk;

    return statvfs(folder, &disk) == 0 ? (int64_t)(disk.f_bavail * disk.f_frsize) : -1;
}

/* Sets or clears what is said about a shortage; its begin and its end are logged. */
static void
judge(struct room *room, enum shortage what, bool is_short, const char *text)
{
    bool was_short = room->texts[what][0] != '\0';

    snprintf(room->texts[what], sizeof(room->texts[what]), "%s", is_short ? text : "");
    if (is_short && !was_short)
        log_error(room->log, "writes are refused", TEXT("short_of", shortage_name(what)), TEXT("why", text));
    else if (was_short && !is_short)
        log_info(room->log, "there is room again", TEXT("of", shortage_name(what)));
}

static void
judge_disk(struct room *room)
{
    char text[160];

    snprintf(text, sizeof(text), "%lld MB are free in DATA_DIR, MIN_FREE_DISK_MB is %lld%s: make room on its disk",
             (long long)(room->stats.free_bytes / MB), (long long)(room->min_free / MB),
             room->full ? ", the ballast is used up" : "");
    judge(room, SHORT_OF_DISK, room->full || (room->stats.free_bytes >= 0 && room->stats.free_bytes < room->min_free), text);
}

static void
judge_outbox(struct room *room)
{
    char text[160];

    snprintf(text, sizeof(text), "%lld events wait for the broker, OUTBOX_MAX_PENDING is %lld: see to the broker",
             (long long)room->stats.pending, (long long)room->max_pending);
    judge(room, SHORT_OF_OUTBOX, room->stats.pending >= room->max_pending, text);
}

/* Only out of plenty: taking it must not bring the refusals back. */
static void
take_ballast(struct room *room)
{
    if (room->ballast.held || room->stats.free_bytes < room->min_free + room->ballast.size)
        return;
    if (room->ballast.size > 0 && ballast_take(&room->ballast) != 0)
        return;
    if (room->full)
        log_info(room->log, "the ballast is there again", TEXT("file", room->ballast.path));
    room->full = false;
}

static void
give_up_ballast(struct room *room)
{
    log_error(room->log, "the disk is full: the ballast is given up; until there is room no record is read",
              TEXT("file", room->ballast.path), INT("free_bytes", room->stats.free_bytes));
    ballast_give_up(&room->ballast);
    room->full = true;
}

void
room_look(struct room *room, int64_t pending)
{
    room->stats.free_bytes = free_bytes(room->folder);
    room->stats.pending = pending;
    take_ballast(room);
    room->stats.ballast = room->ballast.held;
    judge_disk(room);
    judge_outbox(room);
}

/* A turn is undone for other reasons, too: less must be free than the ballast holds. */
void
room_after_commit(void *context, bool committed)
{
    struct room *room = context;

    if (committed || !room->ballast.held)
        return;
    room->stats.free_bytes = free_bytes(room->folder);
    if (room->stats.free_bytes < 0 || room->stats.free_bytes >= room->ballast.size)
        return;
    give_up_ballast(room);
    room_look(room, room->stats.pending);
}

/* ---- life ---- */

struct room *
room_new(const struct settings *settings, const char *service, const struct log *log)
{
    struct room *room = memory_new(1, sizeof(*room));

    room->log = log;
    room->folder = settings->data_dir;
    room->min_free = settings->min_free_disk_mb * MB;
    room->max_pending = settings->outbox_max_pending;
    ballast_init(&room->ballast, settings->data_dir, service, settings->ballast_mb * MB);
    room->stats.free_bytes = free_bytes(room->folder);
    if (room->ballast.held && room->stats.free_bytes >= 0 && room->stats.free_bytes < MB)
        give_up_ballast(room);
    room_look(room, 0);
    return room;
}

void
room_free(struct room *room)
{
    free(room);
}

/* ---- asking ---- */

const char *
room_short_of(const struct room *room, enum shortage what)
{
    return room->texts[what][0] == '\0' ? NULL : room->texts[what];
}

const char *
room_refusal(struct room *room)
{
    static const char *const details[SHORTAGES] = {
        "the disk is nearly full; nothing was written, try again later",
        "too many events wait for the broker; nothing was written, try again later",
    };

    for (int what = 0; what < SHORTAGES; what++)
        if (room->texts[what][0] != '\0') {
            room->stats.refused[what]++;
            return details[what];
        }
    return NULL;
}

bool
room_is_short(const struct room *room)
{
    return room->texts[SHORT_OF_DISK][0] != '\0' || room->texts[SHORT_OF_OUTBOX][0] != '\0';
}

bool
room_is_full(const struct room *room)
{
    return room->full;
}

const struct room_stats *
room_stats(const struct room *room)
{
    return &room->stats;
}
