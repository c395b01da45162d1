#include "crash_point.h"

#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDS "the process ends with status 1"

/* In the order of a life: start, work, what goes wrong, operators, calls outside, stop. */
const struct crash_point_kind crash_point_kinds[CRASH_POINTS] = {
    [POINT_SCHEMA_WRITTEN] = {
        "schema-written", "nothing: the tables are in the open transaction",
        "makes the tables", "the start is refused, status 1", PASSED_ONCE },
    [POINT_UPGRADE_WRITTEN] = {
        "upgrade-written", "the older version, whole: the step to the next one is in the open transaction",
        "upgrades", "the start is refused, status 1; the database is as it was", PASSED_ONCE },
    [POINT_UPGRADE_DONE] = {
        "upgrade-done", "the next version; nothing has used it",
        "goes on from this version", NULL, PASSED_ONCE },
    [POINT_IN_USE_MARKED] = {
        "in-use-marked", "the mark that the database is in use",
        "checks the database, since its last end was not clean", "the start is refused, status 1", PASSED_ONCE },
    [POINT_BLAME_WRITTEN] = {
        "blame-written", "nothing: the mapped slot is wiped, the crash it told of is counted in the open turn",
        "knows nothing of that crash; the event comes again, and a further crash is counted", ENDS, PASSED_ONCE },
    [POINT_IMPORT_WRITTEN] = {
        "import-written", "the file of dead letters; its letters are in the open turn",
        "reads the file again", ENDS, PASSED_ONCE },
    [POINT_IMPORT_DONE] = {
        "import-done", "its letters, in the database and in the file",
        "reads the file again; each letter is there once", "the file cannot be removed: the next start reads it again",
        PASSED_ONCE },
    [POINT_START_WRITTEN] = {
        "start-written", "nothing: which cluster it is, and where to begin to read, are in the open turn",
        "asks the broker again", ENDS, PASSED_ONCE },
    [POINT_START_DONE] = {
        "start-done", "which cluster it is and where to begin to read; nothing was read or said yet",
        "reads from the positions that are stored", NULL, PASSED_ONCE },

    [POINT_RECORD_TAKEN] = {
        "record-taken", "nothing of the record: it is out of librdkafka's queue, no handler has seen it",
        "reads it again, at its position", NULL, PASSED_OFTEN },
    [POINT_TURN_BEGUN] = {
        "turn-begun", "nothing of the turn", "records come again, clients ask again with the same key", ENDS,
        PASSED_IN_HANDLER },
    [POINT_CAUSE_DONE] = {
        "cause-done", "nothing: the effects of a cause are under its savepoint",
        "records come again, clients ask again with the same key", ENDS, PASSED_IN_HANDLER },
    [POINT_POSITIONS_WRITTEN] = {
        "positions-written", "nothing: effects and positions are in the open turn",
        "reads from the positions before the turn", ENDS, PASSED_OFTEN },
    [POINT_CURSOR_WRITTEN] = {
        "cursor-written", "what was acknowledged is at the broker; the cursor that passes it is in the open turn",
        "sends it again, under the same ids; listeners know them", ENDS, PASSED_OFTEN },
    [POINT_ROWS_FORGOTTEN] = {
        "rows-forgotten", "the old rows: their deletion is in the open turn",
        "deletes them later", ENDS, PASSED_OFTEN },
    [POINT_COMMIT_BEFORE] = {
        "commit-before", "nothing of the turn, which is complete",
        "records come again, clients ask again with the same key", "COMMIT fails, nothing of the turn holds: " ENDS,
        PASSED_OFTEN },
    [POINT_COMMIT_AFTER] = {
        "commit-after", "the turn; no reply, record or offset has left",
        "says its rows; the same key gets the stored answer", "COMMIT is told to have failed, though it holds: " ENDS,
        PASSED_OFTEN },
    [POINT_REPLY_BEFORE] = {
        "reply-before", "the turn; this reply, and those after it, have not left",
        "the same key gets the stored answer", NULL, PASSED_OFTEN },
    [POINT_PRODUCE_BEFORE] = {
        "produce-before", "a row of the outbox, which the broker has not been given",
        "says it from the cursor on", NULL, PASSED_OFTEN },
    [POINT_PRODUCE_AFTER] = {
        "produce-after", "a row of the outbox; the broker may have it or not",
        "says it again, under the same id; listeners know it", NULL, PASSED_OFTEN },
    [POINT_REPORT_TAKEN] = {
        "report-taken", "a row at the broker, acknowledged; the cursor before it",
        "says it again, under the same id; listeners know it", NULL, PASSED_OFTEN },
    [POINT_OFFSETS_SENT] = {
        "offsets-sent", "the positions; Kafka may have its copy of them or not",
        "reads from its own positions, whatever Kafka has", NULL, PASSED_OFTEN },
    [POINT_CHECKPOINT_DONE] = {
        "checkpoint-done", "everything; the log was moved into the database file",
        "checks the database, since its last end was not clean", NULL, PASSED_OFTEN },

    [POINT_ATTEMPT_NOTED] = {
        "attempt-noted", "nothing: the handler's work is undone, its failure is noted in the open turn",
        "the event comes again; this failure was not counted", ENDS, PASSED_OFTEN },
    [POINT_ASIDE_WRITTEN] = {
        "aside-written", "nothing: dead letter, compensation and position are in the open turn",
        "the event comes again and is given up again, once", ENDS, PASSED_IN_HANDLER },
    [POINT_LETTER_KEPT] = {
        "letter-kept", "a dead letter on its topic; its row is in the open turn",
        "reads it again and keeps it once", ENDS, PASSED_OFTEN },
    [POINT_FALLBACK_WRITTEN] = {
        "fallback-written", "a dead letter on its topic; it was written to the file and not synced",
        "imports what the file has, cuts off half a letter, reads it again and keeps it once",
        "the file is cut back, the letter is tried again; no process ends", PASSED_OFTEN },
    [POINT_FALLBACK_SYNCED] = {
        "fallback-synced", "a dead letter on its topic and in the file; the position is before it",
        "imports it, reads it again and keeps it once", NULL, PASSED_OFTEN },
    [POINT_ROW_ASIDE_WRITTEN] = {
        "row-aside-written", "a row that the broker refuses; its being set aside is in the open turn",
        "sends it again, is refused again, sets it aside once", ENDS, PASSED_OFTEN },
    [POINT_ROW_ASIDE_DONE] = {
        "row-aside-done", "a row set aside, compensated or parked; the window in memory has it still",
        "goes on behind it", NULL, PASSED_OFTEN },
    [POINT_TOPIC_ASIDE_WRITTEN] = {
        "topic-aside-written", "rows of a topic that takes nothing; their being moved aside is in the open turn",
        "sends them, or moves them aside later", ENDS, PASSED_OFTEN },
    [POINT_TOPIC_BACK_WRITTEN] = {
        "topic-back-written", "rows that wait for a topic; their coming back is in the open turn",
        "asks the topic again and brings them back", ENDS, PASSED_OFTEN },

    [POINT_REDRIVE_WRITTEN] = {
        "redrive-written", "an open dead letter; its effects, its state DONE are in the open turn",
        "it is open: to be redriven again", ENDS, PASSED_OFTEN },
    [POINT_DECISION_WRITTEN] = {
        "decision-written", "nothing: what an operator decided, and that he did, are in the open turn",
        "nothing has changed; the operator, who got no answer, decides again", ENDS, PASSED_OFTEN },
    [POINT_DECISION_DONE] = {
        "decision-done", "a decision; what follows it in memory, and its answer, are missing",
        "acts by it; the operator, who got no answer, is told what he finds", NULL, PASSED_OFTEN },
    [POINT_BACKUP_COPIED] = {
        "backup-copied", "FILE.partial, not synced", "nothing; FILE.partial is nobody's backup, and has to be removed",
        "the backup fails and says so; FILE.partial is removed; no process ends", PASSED_OFTEN },
    [POINT_BACKUP_SYNCED] = {
        "backup-synced", "FILE.partial, whole", "nothing; FILE.partial is nobody's backup, and has to be removed",
        "the backup fails and says so; FILE.partial is removed; no process ends", PASSED_OFTEN },
    [POINT_BACKUP_NAMED] = {
        "backup-named", "FILE, whole; after a loss of power its name may be missing",
        "nothing; FILE is a backup", "the backup fails and says so; FILE may be whole; no process ends", PASSED_OFTEN },

    [POINT_POST_BEFORE] = {
        "post-before", "a notification that is PENDING; nothing was posted",
        "posts it", NULL, PASSED_OFTEN },
    [POINT_POST_AFTER] = {
        "post-after", "a notification that is PENDING; the receiver may have it or not",
        "posts it again, under the same key", NULL, PASSED_OFTEN },
    [POINT_POST_ANSWERED] = {
        "post-answered", "a notification that is PENDING, and that the receiver has answered",
        "posts it again, under the same key", NULL, PASSED_OFTEN },

    [POINT_STOP_BEGUN] = {
        "stop-begun", "what was committed; a turn may be open",
        "as after a kill: checks the database, goes on", NULL, PASSED_ONCE },
    [POINT_STOP_COMMITTED] = {
        "stop-committed", "the last turn of the loop; its replies are not sent, its rows not acknowledged",
        "as after a kill: checks the database, goes on", NULL, PASSED_ONCE },
    [POINT_STOP_DRAINED] = {
        "stop-drained", "all but the last cursor and positions",
        "sends and reads a little again, without effect", ENDS, PASSED_ONCE },
    [POINT_STOP_STORED] = {
        "stop-stored", "everything, and the mark that the database is in use",
        "checks the database, goes on", "the mark stays: " ENDS, PASSED_ONCE },
    [POINT_STOP_UNMARKED] = {
        "stop-unmarked", "everything; the mark is gone, the database not closed",
        "goes on without a check", NULL, PASSED_ONCE },
};

static const char *const how_names[CRASH_HOWS] = { "kill", "abort", "io-error" };

int
crash_point_parse(const char *name, enum crash_point *point)
{
    for (int i = NO_POINT + 1; i < CRASH_POINTS; i++)
        if (strcmp(name, crash_point_kinds[i].name) == 0) {
            *point = (enum crash_point)i;
            return 0;
        }
    return -1;
}

int
crash_how_parse(const char *name, enum crash_how *how)
{
    for (int i = 0; i < CRASH_HOWS; i++)
        if (strcmp(name, how_names[i]) == 0) {
            *how = (enum crash_how)i;
            return 0;
        }
    return -1;
}

const char *
crash_how_name(enum crash_how how)
{
    return how_names[how];
}

const char *
crash_mistake(const struct crash *crash)
{
    if (crash->point == NO_POINT)
        return "this fault needs point, one of those that --crash-points lists";
    if (crash->how == CRASH_IO_ERROR && crash_point_kinds[crash->point].io_error == NULL)
        return "nothing at this point can fail with an I/O error: kill or abort is wanted";
    if (crash->nth > 1 && crash_point_kinds[crash->point].passed == PASSED_ONCE)
        return "a process passes this point once: leave nth out";
    return NULL;
}

bool
crash_strike(const struct crash *crash, const struct log *log)
{
    log_warn(log, "a crash on purpose", TEXT("point", crash_point_kinds[crash->point].name),
             TEXT("how", crash_how_name(crash->how)));
    if (crash->how == CRASH_KILL)
        kill(getpid(), SIGKILL);
    else if (crash->how == CRASH_ABORT)
        abort();
    errno = EIO;
    return true;
}
