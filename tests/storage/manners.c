#include "manners.h"

#include "../../common/store/db.h"
#include "../sim/sim.h"
#include "ending.h"

#include <string.h>

/* ---- ends ---- */

/* The first one is kept as an example. */
static void
keep_message(const char *message)
{
    if (ending.message[0] == '\0')
        snprintf(ending.message, sizeof(ending.message), "%s", message);
}

void
manners_not_started(struct member *member, const char *error)
{
    sim_trace(member->name, "cannot start: %s", error);
    ending.refused_starts++;
    keep_message(error);
    if (strlen(error) < 20)
        sim_complain(NULL, "%s does not start, and does not say why: %s", member->name, error);
    if (strstr(error, "restore a backup") != NULL && !trouble_is_damage())
        sim_complain(NULL, "%s wants a backup for what passes: %s", member->name, error);
}

static const char *
text_of(const struct field *fields, const char *name)
{
    while (fields->kind != FIELD_END && strcmp(fields->name, name) != 0)
        fields++;
    return fields->kind == FIELD_TEXT ? fields->text : "";
}

static void
ends_itself(struct member *member, const char *error)
{
    if (member->dead)
        return;
    ending.exits++;
    keep_message(error);
    if (error[0] == '\0')
        sim_complain(NULL, "%s ends, and does not say why", member->name);
    trouble_exit(member);
}

_Noreturn void __wrap_log_fatal(const struct log *log, const char *message, const struct field *fields);

/* log.h, fatal(): the linker brings every call of it here (--wrap). The process is dead; its files are as it left them. */
_Noreturn void
__wrap_log_fatal(const struct log *log, const char *message, const struct field *fields)
{
    struct member *member = member_named(log->service);

    log_write(log, LOG_ERROR, message, fields);
    ends_itself(member, text_of(fields, "error"));
    db_end_cause(member->db);
    db_rollback(member->db);
    db_forget_failure(member->db);
    longjmp(sim.escape, 1);
}

/* ---- events ---- */

static void
check_attempts(const struct member *member)
{
    const struct intake_stats *stats = intake_stats(member->node->intake);

    for (int type = 0; type < ENVELOPE_TYPES; type++)
        if (stats->handled[type][UNDONE_RETRY] > 0 || stats->handled[type][UNDONE_REFUSED] > 0)
            sim_complain(NULL, "%s counts an attempt of %s", member->name, envelope_type_name((enum envelope_type)type));
    if (stats->dead_letters > 0 || stats->malformed > 0)
        sim_complain(NULL, "%s has set an event aside", member->name);
}

void
manners_at_the_end(struct member *member)
{
    check_attempts(member);
    ending.turns_undone += (int64_t)group_stats(member->group)->failures;
    if (!member->dead && db_failure(member->db) == DB_BROKEN)
        sim_complain(NULL, "%s stops as if its database could be trusted", member->name);
}

void
manners_unclean_end(struct member *member)
{
    if (db_failure(member->db) == DB_BROKEN)
        ends_itself(member, db_failure_text(member->db));
}
