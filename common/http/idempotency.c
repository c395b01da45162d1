#include "idempotency.h"

#include "../base/memory.h"
#include "../store/db.h"
#include "problem.h"

#include <string.h>

/* "POST /orders alice", and the body as minimal JSON, since blanks do not make another request. A body that is no JSON has
 * no owner; its handler will refuse it. */
struct idempotency
idempotency_of(struct db *db, const struct request *request, const char *owner)
{
    static const char sql[] =
        "SELECT CASE WHEN json_valid(:json) THEN json(:json) ELSE :json END,"
        "       CASE WHEN json_valid(:json) AND :field IS NOT NULL THEN json_extract(:json, '$.' || :field) END";
    const char *json = request->in.data, *customer = NULL;
    struct idempotency idempotency = { .key = request->idempotency_key, .request = "" };

    if (json != NULL) {
        struct rows *rows = db_select(db, sql, FIELDS(TEXT("json", json), TEXT("field", owner)));

        if (rows_next(rows)) {
            idempotency.request = rows_text(rows, 0);
            customer = rows_text(rows, 1);
        }
        rows_end(rows);
    }
    idempotency.scope =
        arena_format(db_scratch(db), "%s %s %s", request->method, request->path, customer == NULL ? "" : customer);
    return idempotency;
}

bool
idempotency_find(struct db *db, const struct idempotency *idempotency, struct arena *arena, struct reply *reply)
{
    static const char sql[] =
        "SELECT request, status, location, body FROM idempotency_key WHERE key = :key AND scope = :scope";
    struct rows *rows =
        db_select(db, sql, FIELDS(TEXT("key", idempotency->key), TEXT("scope", idempotency->scope)));
    bool found = rows_next(rows);

    if (found && strcmp(rows_text(rows, 0), idempotency->request) != 0)
        *reply = problem_reply(arena, PROBLEM_KEY_REUSED, NULL,
                               "this Idempotency-Key was used with another body; use a new one");
    else if (found)
        *reply = (struct reply){
            .status = (int)rows_int(rows, 1),
            .location = arena_text(arena, rows_text(rows, 2)),
            .body = arena_text(arena, rows_text(rows, 3)),
            .replayed = true,
        };
    rows_end(rows);
    return found;
}

void
idempotency_store(struct db *db, const struct idempotency *idempotency, const struct reply *reply, int64_t now_ms)
{
    static const char sql[] =
        "INSERT INTO idempotency_key (key, scope, request, status, location, body, stored_at)"
        " VALUES (:key, :scope, :request, :status, :location, :body, :stored_at)";

    db_run(db, sql,
           FIELDS(TEXT("key", idempotency->key), TEXT("scope", idempotency->scope),
                  TEXT("request", idempotency->request), INT("status", reply->status),
                  TEXT("location", reply->location), TEXT("body", reply->body == NULL ? "" : reply->body),
                  INT("stored_at", now_ms)));
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
