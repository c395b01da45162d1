/* Crash points: the moments at which a durable step is half done. At each a fault on purpose can end the process, or make the step
 * fail as a disk does. This table is the list: `--crash-points` prints it, tests/crash/run reaches every one. A point in the
 * code is one line, crash_point() or db_point(), and one NULL test where faults are not allowed. */
#ifndef CRASH_POINT_H
#define CRASH_POINT_H

#include <stdbool.h>
#include <stdint.h>

struct log;

enum crash_point {
    NO_POINT,
    POINT_SCHEMA_WRITTEN,
    POINT_UPGRADE_WRITTEN,
    POINT_UPGRADE_DONE,
    POINT_IN_USE_MARKED,
    POINT_BLAME_WRITTEN,
    POINT_IMPORT_WRITTEN,
    POINT_IMPORT_DONE,
    POINT_START_WRITTEN,
    POINT_START_DONE,
    POINT_RECORD_TAKEN,
    POINT_TURN_BEGUN,
    POINT_CAUSE_DONE,
    POINT_POSITIONS_WRITTEN,
    POINT_CURSOR_WRITTEN,
    POINT_ROWS_FORGOTTEN,
    POINT_COMMIT_BEFORE,
    POINT_COMMIT_AFTER,
    POINT_REPLY_BEFORE,
    POINT_PRODUCE_BEFORE,
    POINT_PRODUCE_AFTER,
    POINT_REPORT_TAKEN,
    POINT_OFFSETS_SENT,
    POINT_CHECKPOINT_DONE,
    POINT_ATTEMPT_NOTED,
    POINT_ASIDE_WRITTEN,
    POINT_LETTER_KEPT,
    POINT_FALLBACK_WRITTEN,
    POINT_FALLBACK_SYNCED,
    POINT_ROW_ASIDE_WRITTEN,
    POINT_ROW_ASIDE_DONE,
    POINT_TOPIC_ASIDE_WRITTEN,
    POINT_TOPIC_BACK_WRITTEN,
    POINT_REDRIVE_WRITTEN,
    POINT_DECISION_WRITTEN,
    POINT_DECISION_DONE,
    POINT_BACKUP_COPIED,
    POINT_BACKUP_SYNCED,
    POINT_BACKUP_NAMED,
    POINT_POST_BEFORE,
    POINT_POST_AFTER,
    POINT_POST_ANSWERED,
    POINT_STOP_BEGUN,
    POINT_STOP_COMMITTED,
    POINT_STOP_DRAINED,
    POINT_STOP_STORED,
    POINT_STOP_UNMARKED,
    CRASH_POINTS
};

enum crash_how { CRASH_KILL, CRASH_ABORT, CRASH_IO_ERROR, CRASH_HOWS };

/* How often a process passes it: once at most, or often; in a handler: it may lie inside an event's handler, and an abort there
 * counts against the event. */
enum passage { PASSED_ONCE, PASSED_OFTEN, PASSED_IN_HANDLER };

/* What there is to know of each, by enum crash_point. */
struct crash_point_kind {
    const char *name;       /* "commit-before" */
    const char *durable;    /* what is durable at this moment, and what is not */
    const char *restart;    /* what a restart has to do */
    const char *io_error;   /* what an I/O error here comes to; NULL: nothing here can fail so */
    enum passage passed;
};
extern const struct crash_point_kind crash_point_kinds[CRASH_POINTS];

/* A crash as it is asked for. */
struct crash {
    enum crash_point point;
    enum crash_how how;
    int64_t nth;            /* at this passage from now on, from 1 */
};

/* -1 if there is none of this name. */
int crash_point_parse(const char *name, enum crash_point *point);
int crash_how_parse(const char *name, enum crash_how *how);
const char *crash_how_name(enum crash_how how);
/* NULL if it can be carried out, else why not: a literal. */
const char *crash_mistake(const struct crash *crash);

/* Carries it out, and says so in the log first. Returns only where an I/O error is wanted: true, with errno. */
bool crash_strike(const struct crash *crash, const struct log *log);

#endif
