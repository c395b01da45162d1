#include "audited.h"

#include "../../common/store/db.h"
#include "../../common/store/outbox.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what they live through ---- */

struct audited_set audited;

static const char history_text[] = "acknowledged %s key-1 happy\nunknown - key-2 happy\nrefused - key-3 happy\n";

static const char *
place_with_key(struct choreography *c, const char *customer, const char *key)
{
    const char *body = arena_format(&c->arena, "{\"customer_id\":\"%s\",\"currency\":\"EUR\",\"items\":"
                                    "[{\"sku\":\"pen\",\"quantity\":3,\"unit_price\":100}]}", customer);

    return ask(c, ORDER_SVC, "POST", "/orders", body, key).location + strlen("/orders/");
}

static void
tell_by_webhook(struct choreography *c)
{
    c->notify_settings.channel = "webhook";
    place_order(c, "alice");
    run_until_quiet(c);
    ck_assert_int_eq(answer_posts(c, 503), 1);
    clock_advance(&c->clock, 1000);
    ck_assert_int_eq(answer_posts(c, 200), 1);                              /* delivered by the second post */
    place_order(c, "alice");
    run_until_quiet(c);
    ck_assert_int_eq(answer_posts(c, 400), 1);                              /* never told */
    run_until_quiet(c);
    c->notify_settings.channel = "console";
}

static void
live_through_everything(struct choreography *c)
{
    const char *order_id;

    open_account(c, "alice", "EUR", 100000);
    open_account(c, "bob", "EUR", 100);
    strcpy(audited.keyed, place_with_key(c, "alice", "key-1"));             /* PAID */
    place_order(c, "alice");
    place_order(c, "bob");                                                  /* REJECTED */
    run_until_quiet(c);
    tell_by_webhook(c);
    cancel_order(c, place_order(c, "alice"));                               /* charged, then REFUNDED */
    cancel_order(c, place_order(c, "bob"));                                 /* declined, then VOIDED */
    order_id = place_order(c, "alice");
    run_until_quiet(c);
    cancel_order(c, order_id);                                              /* PAID, told, then REFUNDED */
    order_id = place_order(c, "alice");
    relay(c);
    ck_assert_int_eq(expire(c, order_id).how, HANDLED);                     /* expired, then VOIDED */
    run_until_quiet(c);
}

void
audited_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

void
audited_files(struct choreography *c, char paths[AUDITED][128], const char *prefix)
{
    for (int i = 0; i < AUDITED; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s/%s-%s.db", audited.folder, prefix, audited_name((enum audited)i));
        ck_assert_int_eq(db_script(c->cores[i].db, arena_format(&c->arena, "VACUUM INTO '%s'", paths[i])), 0);
    }
}

/* ---- what the topics hold ---- */

static int64_t
next_offset(const struct record *record)
{
    int64_t next = 0;

    for (int i = 0; i < audited.record_count; i++)
        next += audited.records[i].topic == record->topic && audited.records[i].partition == record->partition;
    return next;
}

/* As the relay sends it. Its texts are copied: the row lives during the call only. */
static bool
keep_record(void *context, int64_t seq, const struct envelope *out)
{
    struct arena *arena = context;
    struct record *record = &audited.records[audited.record_count];
    struct envelope kept = *out;

    (void)seq;
    kept.id = arena_text(arena, out->id);
    kept.subject = arena_text(arena, out->subject);
    kept.causation = arena_text(arena, out->causation);
    kept.traceparent = arena_text(arena, out->traceparent);
    kept.data = arena_bytes(arena, out->data, out->data_size);
    ck_assert_int_lt(audited.record_count, AUDITED_RECORDS);
    *record = record_of_event(&kept, arena_alloc(arena, sizeof(struct record_room)));
    record->offset = next_offset(record);
    audited.record_count++;
    return true;
}

static void
keep_records(struct choreography *c)
{
    static const char identify[] = "UPDATE meta SET cluster_id = 'array'; INSERT INTO position VALUES ('orders', 0, 1, NULL)";

    arena_init(&audited.arena);
    for (int i = 0; i < AUDITED; i++) {
        ck_assert_int_eq(db_script(c->cores[i].db, identify), 0);
        outbox_read(c->cores[i].db, 0, AUDITED_RECORDS, keep_record, &audited.arena);
    }
}

void
audited_tell_records(struct audit *audit, const char *broker, int64_t low)
{
    audit_broker(audit, broker);
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int partition = 0; partition < PARTITIONS_IN_TESTS; partition++)
            audit_log(audit, (enum topic)topic, partition, low, audited.record_count);
    for (int i = 0; i < audited.record_count; i++)
        if (audited.records[i].offset >= low)
            ck_assert_int_eq(audit_record(audit, &audited.records[i]), 0);
}

/* ---- life ---- */

void
audited_set_up(void)
{
    struct choreography c;

    strcpy(audited.folder, "/tmp/check_audit.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(audited.folder));
    choreography_open(&c);
    live_through_everything(&c);
    keep_records(&c);
    audited_files(&c, audited.clean, "clean");
    snprintf(audited.history, sizeof(audited.history), "%s/history", audited.folder);
    audited_write(audited.history, arena_format(&c.arena, history_text, audited.keyed));
    choreography_close(&c);
}

void
audited_tear_down(void)
{
    DIR *directory = opendir(audited.folder);
    const struct dirent *entry;
    char path[512];

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", audited.folder, entry->d_name);
        unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(audited.folder);
    arena_release(&audited.arena);
}

/* ---- audits ---- */

void
audited_judge(struct audit *audit, unsigned given, struct answer *answer)
{
    struct audit_listener listener;
    char *error = NULL;
    FILE *out;

    memset(answer, 0, sizeof(*answer));
    report_init(&answer->report, true);
    listener = report_listener(&answer->report);
    answer->violations = audit_run(audit, given, 0, &listener, &error);
    ck_assert_msg(answer->violations >= 0, "%s", error);
    out = open_memstream(&answer->text, &answer->size);
    findings_print(&(struct findings){ &answer->report, 1, &audit, 1 }, out, false);
    fclose(out);
    audit_free(audit);
}

struct audit *
audited_attach(char paths[AUDITED][128])
{
    struct audit *audit = audit_new();
    char *error = NULL;

    for (int i = 0; i < AUDITED; i++)
        ck_assert_msg(audit_attach(audit, (enum audited)i, paths[i], &error) == 0, "%s", error);
    return audit;
}

void
audited_release(struct answer *answer)
{
    report_release(&answer->report);
    free(answer->text);
}

void
audited_audit(char paths[AUDITED][128], unsigned given, const char *lines, struct answer *answer)
{
    struct audit *audit = audited_attach(paths);
    char *error = NULL;

    if (lines != NULL)
        ck_assert_msg(audit_history(audit, lines, &error) == 0, "%s", error);
    if (given & RECORDS)
        audited_tell_records(audit, "array", 0);
    audited_judge(audit, given, answer);
}

const struct finding *
audited_finding(const struct answer *answer, const char *name)
{
    for (int i = 0; i < answer->report.count; i++)
        if (strcmp(answer->report.checked[i]->name, name) == 0)
            return &answer->report.findings[i];
    ck_abort_msg("%s was not asked", name);
    return NULL;
}

void
audited_change(const char *path, const char *sql)
{
    sqlite3 *sqlite;
    char *message = NULL;

    ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
    sqlite3_exec(sqlite, sql, NULL, NULL, &message);
    ck_assert_msg(message == NULL, "%s: %s", sql, message);
    ck_assert_int_eq(sqlite3_close(sqlite), SQLITE_OK);
}

/* A set like the clean one, in files of its own. */
void
audited_copy(char paths[AUDITED][128], const char *prefix)
{
    char sql[256];

    for (int i = 0; i < AUDITED; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s/%s-%s.db", audited.folder, prefix, audited_name((enum audited)i));
        snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", paths[i]);
        audited_change(audited.clean[i], sql);
    }
}
