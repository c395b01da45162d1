#include "idempotency.h"

#include "../base/memory.h"
#include "../store/db.h"
#include "problem.h"

#include <string.h>

/* "POST /orders alice". A body that is no JSON has no owner; its handler will refuse it. */
static const char *
scope_of(struct db *db, const struct request *request, const char *owner)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(:json) THEN json_extract(:json, '$.' || :field) END";
    const char *customer = NULL;

    if (owner != NULL && request->in.data != NULL)
        customer = db_text(db, sql, FIELDS(TEXT("json", request->in.data), TEXT("field", owner)));
    return arena_format(db_scratch(db), "%s %s %s", request->method, request->path, customer == NULL ? "" : customer);
}

/* Blanks do not make another request. */
static const char *
minimal(struct db *db, const char *json)
{
    static const char sql[] = "SELECT CASE WHEN json_valid(:json) THEN json(:json) ELSE :json END";

    return json == NULL ? "" : db_text(db, sql, FIELDS(TEXT("json", json)));
}

bool
idempotency_find(struct db *db, const struct request *request, const char *owner, struct reply *reply)
{
    static const char sql[] =
        "SELECT request, status, location, body FROM idempotency_key WHERE key = :key AND scope = :scope";
    struct rows *rows = db_select(
        db, sql, FIELDS(TEXT("key", request->idempotency_key), TEXT("scope", scope_of(db, request, owner))));
    bool found = rows_next(rows);

    if (found && strcmp(rows_text(rows, 0), minimal(db, request->in.data)) != 0)
        *reply = problem_reply(request->arena, PROBLEM_KEY_REUSED, NULL,
                               "this Idempotency-Key was used with another body; use a new one");
    else if (found)
        *reply = (struct reply){
            .status = (int)rows_int(rows, 1),
            .location = arena_text(request->arena, rows_text(rows, 2)),
            .body = arena_text(request->arena, rows_text(rows, 3)),
            .replayed = true,
        };
    rows_end(rows);
    return found;
}

void
idempotency_store(struct db *db, const struct request *request, const char *owner, const struct reply *reply)
{
    static const char sql[] =
        "INSERT INTO idempotency_key (key, scope, request, status, location, body, stored_at)"
        " VALUES (:key, :scope, :request, :status, :location, :body, :stored_at)";

    db_run(db, sql,
           FIELDS(TEXT("key", request->idempotency_key), TEXT("scope", scope_of(db, request, owner)),
                  TEXT("request", minimal(db, request->in.data)), INT("status", reply->status),
                  TEXT("location", reply->location), TEXT("body", reply->body == NULL ? "" : reply->body),
                  INT("stored_at", request->in.received_at)));
}

int64_t
idempotency_oldest(struct db *db)
{
    static const char sql[] = "SELECT stored_at FROM idempotency_key ORDER BY seq LIMIT 1";

    return db_number(db, sql, NULL, INT64_MAX);
}

int
idempotency_prune(struct db *db, int64_t before, int limit)
{
    static const char sql[] =
        "DELETE FROM idempotency_key WHERE seq IN (SELECT seq FROM idempotency_key ORDER BY seq LIMIT :limit)"
        "   AND stored_at < :before";

    return db_run(db, sql, FIELDS(INT("limit", limit), INT("before", before)));
}
