#include "audit.h"

#include "../../common/base/error.h"
#include "../../common/base/memory.h"
#include "databases.h"
#include "facts.h"
#include "history.h"
#include "records.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 8, POPULATIONS = 32 };

struct count {
    const struct population *of;
    int64_t number;
};

struct audit {
    struct databases databases;
    struct records records;
    char *broker;               /* whose records they are; NULL: there are none */
    bool begun;
    char *error;                /* of facts_begin, kept for audit_run */
    struct count counts[POPULATIONS];   /* counted once; the first with of == NULL is free */
};

const char *
audited_name(enum audited service)
{
    static const char *const names[AUDITED] = { "order-svc", "payment-svc", "notify-svc" };

    return names[service];
}

struct audit *
audit_new(void)
{
    struct audit *audit = memory_new(1, sizeof(*audit));

    databases_init(&audit->databases);
    facts_begin(audit->databases.sqlite, &audit->error);
    records_init(&audit->records, audit->databases.sqlite);
    return audit;
}

void
audit_free(struct audit *audit)
{
    if (audit == NULL)
        return;
    records_release(&audit->records);
    databases_release(&audit->databases);
    free(audit->broker);
    free(audit->error);
    free(audit);
}

int
audit_attach(struct audit *audit, enum audited service, const char *path, char **error)
{
    return databases_attach(&audit->databases, service, path, error);
}

int
audit_copy(struct audit *audit, enum audited service, sqlite3 *from, char **error)
{
    return databases_copy(&audit->databases, service, from, error);
}

int
audit_history(struct audit *audit, const char *path, char **error)
{
    return history_read(audit->databases.sqlite, path, error);
}

void
audit_told(struct audit *audit, const char *outcome, const char *order_id, const char *key)
{
    history_add(audit->databases.sqlite, outcome, order_id, key);
}

/* ---- records ---- */

void
audit_broker(struct audit *audit, const char *identity)
{
    audit->broker = memory_copy_text(identity);
}

void
audit_log(struct audit *audit, enum topic topic, int partition, int64_t low, int64_t high)
{
    records_add_log(&audit->records, topic, partition, low, high);
}

int
audit_record(struct audit *audit, const struct record *record)
{
    return records_add(&audit->records, record);
}

/* ---- asking ---- */

int
audit_select(struct audit *audit, const char *sql, const char *id,
             void (*each)(void *context, const char *const *columns), void *context)
{
    const char *columns[COLUMNS] = { NULL };
    sqlite3_stmt *stmt = NULL;
    int count = 0;

    if (sqlite3_prepare_v2(audit->databases.sqlite, sql, -1, &stmt, NULL) != SQLITE_OK)
        return -1;
    if (id != NULL)
        sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, ":id"), id, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < COLUMNS && i < sqlite3_column_count(stmt); i++)
            columns[i] = (const char *)sqlite3_column_text(stmt, i);
        each(context, columns);
        count++;
    }
    return sqlite3_finalize(stmt) == SQLITE_OK ? count : -1;
}

static void
take_number(void *context, const char *const *columns)
{
    *(int64_t *)context = columns[0] == NULL ? 0 : strtoll(columns[0], NULL, 10);
}

static int64_t
number(struct audit *audit, const char *sql, const char *id)
{
    int64_t answer = 0;

    audit_select(audit, sql, id, take_number, &answer);
    return answer;
}

static int64_t
count(struct audit *audit, const struct population *of)
{
    struct count *counted = audit->counts;

    while (counted->of != NULL && counted->of != of)
        counted++;
    assert(counted < audit->counts + POPULATIONS - 1);
    if (counted->of == NULL)
        *counted = (struct count){ of, number(audit, of->sql, NULL) };
    return counted->number;
}

static bool
is_excused(struct audit *audit, const struct check *check, const char *order_id)
{
    return check->needs & QUIET && order_id != NULL
           && number(audit, "SELECT 1 FROM excused WHERE order_id = :id", order_id) == 1;
}

static void
judge(struct audit *audit, const struct check *check, sqlite3_stmt *row, const struct audit_listener *listener,
      struct finding *finding)
{
    const char *order_id = (const char *)sqlite3_column_text(row, 0);

    int columns = sqlite3_column_count(row), decided = columns > 2 ? sqlite3_column_int(row, 2) : 0;
    struct violation violation = { order_id, (const char *)sqlite3_column_text(row, 1),
                                   columns > 3 ? (const char *)sqlite3_column_text(row, 3) : NULL };

    if (decided == 1) {
        finding->undecidable++;
    } else if (decided == 2 || is_excused(audit, check, order_id)) {
        finding->excused++;
    } else {
        finding->violations++;
        listener->on_violation(listener->context, check, &violation);
    }
}

static int64_t
ask(struct audit *audit, const struct check *check, const struct audit_listener *listener)
{
    struct finding finding = { .examined = count(audit, check->of) };
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(audit->databases.sqlite, check->sql, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
            judge(audit, check, stmt, listener, &finding);
    if (code != SQLITE_DONE) {
        snprintf(finding.error, sizeof(finding.error), "%s", sqlite3_errmsg(audit->databases.sqlite));
        finding.violations++;
    }
    listener->on_checked(listener->context, check, &finding);
    sqlite3_finalize(stmt);
    return finding.violations;
}

int
audit_begin(struct audit *audit, char **error)
{
    if (audit->error != NULL)
        return error_set(error, "%s", audit->error);
    audit->begun = true;
    return databases_read(&audit->databases, error);
}

static int
gather(struct audit *audit, unsigned given, char **error)
{
    sqlite3 *sqlite = audit->databases.sqlite;

    if (!audit->begun && audit_begin(audit, error) != 0)
        return -1;
    if (databases_read_later(&audit->databases, error) != 0 || facts_gather(sqlite, error) != 0)
        return -1;
    if (given & EVENTS && facts_gather_events(sqlite, given & RECORDS, error) != 0)
        return -1;
    return given & RECORDS ? facts_gather_records(sqlite, audit->broker, error) : 0;
}

int64_t
audit_run(struct audit *audit, unsigned given, unsigned only, const struct audit_listener *listener, char **error)
{
    const struct check *check;
    int64_t violations = 0;

    if (gather(audit, given, error) != 0)
        return -1;
    for (int i = 0; (check = checks_get(i)) != NULL; i++)
        if ((check->needs & ~given) == 0 && (only & ~check->needs) == 0)
            violations += ask(audit, check, listener);
    return databases_check_rest(&audit->databases, error) == 0 ? violations : -1;
}
