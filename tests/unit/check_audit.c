/* The auditor finds every kind of loss, doubling and invention that is planted, and nothing in a set that is sound. */
#include "choreography.h"

#include "../../common/store/db.h"
#include "../audit/audit.h"
#include "../audit/print.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Fixture: one set of three database files in which orders came to every end ---- */

static char folder[64];
static char clean[AUDITED][128];
static const char history_text[] = "acknowledged %s key-1 happy\nunknown - key-2 happy\nrefused - key-3 happy\n";
static char history[128], keyed[UUID_TEXT];

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
    strcpy(keyed, place_with_key(c, "alice", "key-1"));                     /* PAID */
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

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void
make_files(struct choreography *c, char paths[AUDITED][128], const char *prefix)
{
    for (int i = 0; i < AUDITED; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s/%s-%s.db", folder, prefix, audited_name((enum audited)i));
        ck_assert_int_eq(db_script(c->cores[i].db, arena_format(&c->arena, "VACUUM INTO '%s'", paths[i])), 0);
    }
}

static void
set_up_once(void)
{
    struct choreography c;

    strcpy(folder, "/tmp/check_audit.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    choreography_open(&c);
    live_through_everything(&c);
    make_files(&c, clean, "clean");
    snprintf(history, sizeof(history), "%s/history", folder);
    write_file(history, arena_format(&c.arena, history_text, keyed));
    choreography_close(&c);
}

static void
tear_down_once(void)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    char path[512];

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(directory);
    rmdir(folder);
}

/* ---- Helpers ---- */

/* What one audit answered. */
struct answer {
    struct report report;
    int64_t violations;
    char *text;         /* as it is printed */
    size_t size;
};

static void
run_audit(struct audit *audit, unsigned given, struct answer *answer)
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

static struct audit *
attach(char paths[AUDITED][128])
{
    struct audit *audit = audit_new();
    char *error = NULL;

    for (int i = 0; i < AUDITED; i++)
        ck_assert_msg(audit_attach(audit, (enum audited)i, paths[i], &error) == 0, "%s", error);
    return audit;
}

static void
release(struct answer *answer)
{
    report_release(&answer->report);
    free(answer->text);
}

static void
audit_files(char paths[AUDITED][128], unsigned given, const char *lines, struct answer *answer)
{
    struct audit *audit = attach(paths);
    char *error = NULL;

    if (lines != NULL)
        ck_assert_msg(audit_history(audit, lines, &error) == 0, "%s", error);
    run_audit(audit, given, answer);
}

static const struct finding *
finding(const struct answer *answer, const char *name)
{
    for (int i = 0; i < answer->report.count; i++)
        if (strcmp(answer->report.checked[i]->name, name) == 0)
            return &answer->report.findings[i];
    ck_abort_msg("%s was not asked", name);
    return NULL;
}

static void
change_file(const char *path, const char *sql)
{
    sqlite3 *sqlite;
    char *message = NULL;

    ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
    sqlite3_exec(sqlite, sql, NULL, NULL, &message);
    ck_assert_msg(message == NULL, "%s: %s", sql, message);
    ck_assert_int_eq(sqlite3_close(sqlite), SQLITE_OK);
}

/* A set like the clean one, in files of its own. */
static void
copy_clean(char paths[AUDITED][128], const char *prefix)
{
    char sql[256];

    for (int i = 0; i < AUDITED; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s/%s-%s.db", folder, prefix, audited_name((enum audited)i));
        snprintf(sql, sizeof(sql), "VACUUM INTO '%s'", paths[i]);
        change_file(clean[i], sql);
    }
}

/* ---- What is planted ---- */

#define PAID "(SELECT order_id FROM orders WHERE status = 'PAID' ORDER BY order_id LIMIT 1)"
#define REJECTED "(SELECT order_id FROM orders WHERE status = 'REJECTED' LIMIT 1)"
#define NOBODY "'01890a5d-ac96-774b-bcce-b302099a8057'"
#define OTHER_ID "'01890a5d-ac96-774b-bcce-b302099a8058'"
#define COMPLETED "(SELECT order_id FROM payment WHERE status = 'COMPLETED' ORDER BY order_id LIMIT 1)"

/* Adds a row like one that is there, but for the first column. */
#define SAY_AGAIN(type_, as, subject_) \
    "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)" \
    " SELECT " OTHER_ID ", '" as "', " subject_ ", partition, sequence, causation, said_at, data FROM outbox" \
    "  WHERE type = '" type_ "' ORDER BY seq LIMIT 1"

static const struct planted {
    const char *check;          /* that has to find it */
    enum audited in;
    const char *sql;            /* NULL: the history is what is changed */
    const char *history;        /* a line more; %s is the order that key-1 made */
} planted[] = {
    /* an index that does not say what its table says */
    { "integrity", AUDIT_ORDER, "PRAGMA writable_schema = ON; UPDATE sqlite_schema"
      " SET sql = 'CREATE INDEX order_history_of ON order_history (what)' WHERE name = 'order_history_of'", NULL },
    { "identity", AUDIT_PAYMENT, "UPDATE meta SET service = 'order-svc'", NULL },
    { "identity", AUDIT_NOTIFY, "UPDATE meta SET partitions = 6", NULL },
    { "identity", AUDIT_NOTIFY, "UPDATE meta SET shard = 1, shards = 2", NULL },

    { "placed", AUDIT_ORDER, "UPDATE orders SET partition = (partition + 1) % 12 WHERE order_id = " PAID, NULL },
    { "placed", AUDIT_ORDER, "UPDATE orders SET order_id = " OTHER_ID " WHERE order_id = " PAID, NULL },
    { "placed", AUDIT_ORDER, "UPDATE meta SET shards = 12", NULL },                                      /* another's */
    { "at-home", AUDIT_ORDER, "UPDATE meta SET shard = 0, shards = 2", NULL },                           /* alice is not */
    { "at-home", AUDIT_ORDER, "UPDATE meta SET shard = 1, shards = 2", NULL },                           /* nor is bob */

    { "moves", AUDIT_ORDER, "UPDATE order_history SET status = 'PAID' WHERE status = 'REJECTED'", NULL },
    { "moves", AUDIT_ORDER, "DELETE FROM order_history WHERE order_id = " PAID " AND status = 'CREATED'", NULL },
    { "moves", AUDIT_ORDER, "UPDATE order_history SET detail = 'refunded' WHERE what = 'notification.sent'"
      " AND order_id = " REJECTED, NULL },
    { "moves", AUDIT_ORDER, "INSERT INTO order_history (order_id, at, what, status, cause)"
      " VALUES (" REJECTED ", 1, 'request', 'CANCELLED', 'request:x')", NULL },
    { "adds-up", AUDIT_ORDER, "UPDATE orders SET version = version + 1 WHERE order_id = " PAID, NULL },
    { "adds-up", AUDIT_ORDER, "UPDATE orders SET status = 'CREATED' WHERE order_id = " PAID, NULL },
    { "adds-up", AUDIT_ORDER, "DELETE FROM order_history WHERE order_id = " PAID, NULL },
    { "adds-up", AUDIT_ORDER, "DELETE FROM orders WHERE order_id = " PAID, NULL },
    { "adds-up", AUDIT_ORDER, "INSERT INTO order_history (order_id, at, what, status, detail, cause)"     /* twice */
      " SELECT order_id, at, what, status, detail, cause FROM order_history WHERE what = 'notification.sent'", NULL },
    { "closed", AUDIT_ORDER, "DELETE FROM order_notice WHERE order_id = " PAID, NULL },                  /* too early */
    { "closed", AUDIT_ORDER, "DELETE FROM order_history WHERE what = 'payment.voided'", NULL },
    { "closed", AUDIT_ORDER, "UPDATE orders SET closed_at = NULL WHERE order_id = " REJECTED, NULL },
    { "one-end", AUDIT_ORDER, "UPDATE orders SET closed_at = NULL WHERE order_id = " PAID, NULL },
    { "one-end", AUDIT_ORDER, "INSERT INTO orders SELECT " NOBODY ", customer_id, currency, amount, 'CREATED', NULL, 1,"
      " partition, created_seq, created_at, pay_by, NULL FROM orders WHERE order_id = " PAID, NULL },     /* forgotten */
    { "items", AUDIT_ORDER, "UPDATE orders SET amount = amount + 1 WHERE order_id = " PAID, NULL },
    { "items", AUDIT_ORDER, "DELETE FROM order_item WHERE order_id = " REJECTED, NULL },
    { "items", AUDIT_ORDER, "INSERT INTO order_item VALUES (" NOBODY ", 1, 'book', 1, 1)", NULL },
    { "keys", AUDIT_ORDER, "UPDATE idempotency_key SET location = '/orders/' || " NOBODY, NULL },
    { "keys", AUDIT_ORDER, "INSERT INTO idempotency_key (key, scope, request, status, location, body, stored_at)"
      " SELECT 'key-9', scope, request, status, location, body, stored_at FROM idempotency_key", NULL },

    { "decided", AUDIT_PAYMENT, "DELETE FROM payment WHERE order_id = " COMPLETED, NULL },
    { "decided", AUDIT_PAYMENT, "UPDATE payment SET status = 'COMPLETED' WHERE status = 'REFUNDED'", NULL },
    { "of-an-order", AUDIT_PAYMENT, "UPDATE payment SET amount = amount + 1 WHERE order_id = " COMPLETED, NULL },
    { "of-an-order", AUDIT_PAYMENT, "UPDATE payment SET customer_id = 'bob' WHERE order_id = " COMPLETED, NULL },
    { "of-an-order", AUDIT_PAYMENT, "UPDATE payment SET amount = NULL WHERE order_id = " COMPLETED, NULL },
    { "of-an-order", AUDIT_PAYMENT, "INSERT INTO payment SELECT " NOBODY ", customer_id, currency, amount, status, reason,"
      " version, decided_at FROM payment WHERE status = 'DECLINED' LIMIT 1", NULL },
    { "paid-for", AUDIT_PAYMENT, "DELETE FROM payment WHERE status = 'DECLINED'", NULL },
    { "agreement", AUDIT_PAYMENT, "UPDATE payment SET status = 'VOIDED' WHERE status = 'DECLINED'", NULL },
    { "agreement", AUDIT_PAYMENT, "UPDATE payment SET reason = 'expired' WHERE status = 'DECLINED'", NULL },
    { "agreement", AUDIT_PAYMENT, "UPDATE payment SET status = 'REFUNDED' WHERE order_id = " COMPLETED, NULL },

    { "balance", AUDIT_PAYMENT, "UPDATE account SET balance = balance + 1 WHERE customer_id = 'alice'", NULL },
    { "balance", AUDIT_PAYMENT, "DELETE FROM account WHERE customer_id = 'bob'", NULL },
    { "balance", AUDIT_PAYMENT, "DELETE FROM ledger WHERE kind = 'DEPOSIT' AND customer_id = 'bob'", NULL },
    { "charge", AUDIT_PAYMENT, "UPDATE account SET balance = balance - (SELECT amount FROM ledger"        /* lost */
      "    WHERE order_id = " COMPLETED " AND kind = 'CHARGE') WHERE customer_id = 'alice';"
      "DELETE FROM ledger WHERE kind = 'CHARGE' AND order_id = " COMPLETED, NULL },
    { "charge", AUDIT_PAYMENT, "UPDATE ledger SET amount = amount - 1 WHERE order_id = " COMPLETED, NULL },
    { "charge", AUDIT_PAYMENT, "UPDATE ledger SET customer_id = 'bob' WHERE order_id = " COMPLETED, NULL },
    { "charge", AUDIT_PAYMENT, "UPDATE payment SET status = 'DECLINED' WHERE order_id = " COMPLETED, NULL },
    { "charge", AUDIT_PAYMENT, "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"      /* invented */
      " SELECT customer_id, order_id, 'CHARGE', -1, 1, 'x' FROM payment WHERE status = 'DECLINED'", NULL },
    { "refund", AUDIT_PAYMENT, "DELETE FROM ledger WHERE kind = 'REFUND'", NULL },                        /* missing */
    { "refund", AUDIT_PAYMENT, "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
      " SELECT customer_id, order_id, 'REFUND', amount, 1, 'x' FROM payment WHERE status = 'COMPLETED'", NULL },
    { "once", AUDIT_PAYMENT, "DROP INDEX ledger_once; INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
      " SELECT customer_id, order_id, kind, amount, at, cause FROM ledger WHERE order_id = " COMPLETED, NULL },
    { "once", AUDIT_PAYMENT, "DROP INDEX ledger_once; INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
      " SELECT customer_id, order_id, kind, amount, at, cause FROM ledger WHERE kind = 'REFUND'", NULL },
    { "total", AUDIT_PAYMENT, "UPDATE ledger SET amount = amount - 1 WHERE order_id = " COMPLETED, NULL },
    { "total", AUDIT_ORDER, "DELETE FROM orders WHERE order_id = " PAID, NULL },

    { "told-once", AUDIT_NOTIFY, "CREATE TABLE other AS SELECT * FROM notification; DROP TABLE notification;"
      "ALTER TABLE other RENAME TO notification; INSERT INTO notification SELECT * FROM notification LIMIT 1", NULL },
    { "told-truly", AUDIT_NOTIFY, "UPDATE notification SET kind = 'refunded' WHERE kind = 'rejected'", NULL },
    { "told-truly", AUDIT_NOTIFY, "INSERT INTO notification SELECT " NOBODY ", kind, notification_id, customer_id, channel,"
      " status, text, tries, created_at, done_at, NULL, NULL FROM notification WHERE kind = 'rejected'", NULL },
    { "told", AUDIT_NOTIFY, "DELETE FROM notification WHERE kind = 'rejected'", NULL },
    { "told", AUDIT_NOTIFY, "DELETE FROM notification WHERE kind = 'refunded'", NULL },
    { "noticed-truly", AUDIT_ORDER, "UPDATE order_notice SET outcome = 'FAILED'", NULL },
    { "noticed-truly", AUDIT_NOTIFY, "DELETE FROM notification WHERE kind = 'paid'", NULL },
    { "noticed", AUDIT_ORDER, "DELETE FROM order_notice WHERE kind = 'cancelled'", NULL },

    { "event-ids", AUDIT_PAYMENT, "UPDATE outbox SET event_id = (SELECT min(event_id) FROM outbox)"
      " WHERE seq = (SELECT max(seq) FROM outbox)", NULL },
    { "said-once", AUDIT_ORDER, SAY_AGAIN("order.paid", "order.paid", "subject"), NULL },
    { "said-once", AUDIT_NOTIFY, SAY_AGAIN("notification.sent", "notification.sent", "subject"), NULL },
    { "said-truly", AUDIT_ORDER, SAY_AGAIN("order.created", "order.created", NOBODY), NULL },
    { "said-truly", AUDIT_ORDER, SAY_AGAIN("order.rejected", "order.paid", "subject"), NULL },
    { "said-truly", AUDIT_PAYMENT, SAY_AGAIN("payment.declined", "payment.refunded", "subject"), NULL },
    { "said-truly", AUDIT_NOTIFY, SAY_AGAIN("notification.sent", "notification.failed", "subject"), NULL },
    { "said-truly", AUDIT_PAYMENT, SAY_AGAIN("payment.completed", "order.paid", "subject"), NULL },
    { "said", AUDIT_ORDER, "DELETE FROM outbox WHERE type = 'order.paid'", NULL },
    { "said", AUDIT_PAYMENT, "DELETE FROM outbox WHERE type = 'payment.refunded'", NULL },
    { "said", AUDIT_PAYMENT, "DELETE FROM outbox WHERE seq = (SELECT seq FROM outbox WHERE type = 'payment.declined'"
      " ORDER BY seq DESC LIMIT 1)", NULL },
    { "said", AUDIT_NOTIFY, "DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)", NULL },
    { "cause", AUDIT_PAYMENT, "UPDATE outbox SET causation = " OTHER_ID " WHERE type = 'payment.completed'", NULL },
    { "cause", AUDIT_PAYMENT, "UPDATE outbox SET causation = 'request:x' WHERE type = 'payment.completed'", NULL },
    { "cause", AUDIT_PAYMENT, "UPDATE outbox SET causation = (SELECT max(causation) FROM outbox)"
      " WHERE type = 'payment.completed'", NULL },
    { "cause", AUDIT_PAYMENT, "UPDATE outbox SET subject = " NOBODY " WHERE type = 'payment.completed'", NULL },
    { "cause", AUDIT_NOTIFY, "UPDATE outbox SET causation = event_id", NULL },
    { "cause", AUDIT_NOTIFY, "UPDATE outbox SET type = 'notification.failed' WHERE causation GLOB '*:delivered:*'", NULL },
    { "cause", AUDIT_PAYMENT, "UPDATE outbox SET causation = 'completion:delivered:' || " OTHER_ID
      " WHERE type = 'payment.completed'", NULL },
    { "posted-truly", AUDIT_NOTIFY, "UPDATE outbox SET causation = 'completion:delivered:' || " OTHER_ID
      " WHERE causation GLOB '*:delivered:*'", NULL },
    { "posted-truly", AUDIT_NOTIFY, "UPDATE outbox SET causation = (SELECT max(causation) FROM outbox"
      " WHERE causation GLOB 'completion:*') WHERE causation GLOB '*:delivered:*'", NULL },          /* another's */
    { "posted-truly", AUDIT_NOTIFY, "UPDATE notification SET channel = 'console'", NULL },
    { "posted-truly", AUDIT_NOTIFY, "UPDATE notification SET tries = 0", NULL },
    { "step-cause", AUDIT_ORDER, "UPDATE order_history SET cause = " OTHER_ID " WHERE what = 'payment.completed'", NULL },
    { "step-cause", AUDIT_ORDER, "UPDATE order_history SET cause = (SELECT max(cause) FROM order_history"
      " WHERE what = 'payment.completed') WHERE what = 'payment.completed'", NULL },
    { "step-cause", AUDIT_ORDER, "UPDATE order_history SET cause = 'request:x' WHERE what = 'timer'", NULL },
    { "money-cause", AUDIT_PAYMENT, "UPDATE ledger SET cause = " OTHER_ID " WHERE kind = 'CHARGE'", NULL },
    { "money-cause", AUDIT_PAYMENT, "UPDATE ledger SET cause = 'request:x' WHERE kind = 'REFUND'", NULL },
    { "money-cause", AUDIT_PAYMENT, "UPDATE ledger SET cause = 'timer:x' WHERE kind = 'DEPOSIT'", NULL },

    { "heard-truly", AUDIT_PAYMENT, "INSERT INTO processed_event VALUES (" OTHER_ID ", 'DONE', 1)", NULL },
    { "heard-truly", AUDIT_NOTIFY, "UPDATE processed_event SET event_id = " OTHER_ID
      " WHERE event_id = (SELECT max(event_id) FROM processed_event)", NULL },
    { "heard-truly", AUDIT_ORDER, "UPDATE outbox SET type = 'order.created' WHERE type = 'order.rejected'", NULL },
    { "heard", AUDIT_PAYMENT, "DELETE FROM processed_event"
      " WHERE event_id = (SELECT min(event_id) FROM processed_event)", NULL },
    { "heard", AUDIT_NOTIFY, "DELETE FROM processed_event", NULL },
    { "sent", AUDIT_ORDER, "UPDATE relay_cursor SET seq = seq - 1", NULL },
    { "sent", AUDIT_PAYMENT, "UPDATE relay_cursor SET seq = seq - 1", NULL },
    { "sent", AUDIT_NOTIFY, "UPDATE relay_cursor SET seq = seq - 1", NULL },
    { "delivered", AUDIT_NOTIFY, "UPDATE notification SET status = 'PENDING', next_try_at = 1 WHERE kind = 'rejected'",
      NULL },

    { "acknowledged", AUDIT_ORDER, NULL, "acknowledged 01890a5d-ac96-774b-bcce-b302099a8057 - happy" },
    { "one-per-key", AUDIT_ORDER, NULL, "acknowledged %s key-7 happy" },
    { "one-per-key", AUDIT_ORDER, NULL, "acknowledged 01890a5d-ac96-774b-bcce-b302099a8057 key-1 happy" },
    { "refused", AUDIT_ORDER, "UPDATE idempotency_key SET key = 'key-3'", NULL },
    { "refused", AUDIT_ORDER, "UPDATE orders SET order_id = " NOBODY " WHERE order_id = " REJECTED,
      "refused 01890a5d-ac96-774b-bcce-b302099a8057 - happy" },
};

enum { PLANTED = sizeof(planted) / sizeof(planted[0]) };

/* ---- Tests ---- */

START_TEST(a_sound_set_passes_every_check_and_no_check_looked_at_nothing)
{
    struct answer answer;

    audit_files(clean, QUIET | EVENTS | HISTORY, history, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    for (int i = 0; i < answer.report.count; i++)
        ck_assert_msg(answer.report.findings[i].examined > 0, "%s", answer.report.checked[i]->name);
    ck_assert_ptr_nonnull(strstr(answer.text, "AUDIT CLEAN orders=9 payments=9 "));
    release(&answer);
}
END_TEST

START_TEST(what_is_planted_is_found)
{
    const struct planted *one = &planted[_i];
    char paths[AUDITED][128], lines[160], prefix[16], text[512], line[128] = "";
    struct answer answer;

    snprintf(prefix, sizeof(prefix), "planted%d", _i);
    copy_clean(paths, prefix);
    if (one->sql != NULL)
        change_file(paths[one->in], one->sql);
    if (one->history != NULL)
        snprintf(line, sizeof(line), one->history, keyed);
    snprintf(lines, sizeof(lines), "%s/%s.history", folder, prefix);
    snprintf(text, sizeof(text), "acknowledged %s key-1 happy\nrefused - key-3 happy\n%s\n", keyed, line);
    write_file(lines, text);
    audit_files(paths, QUIET | EVENTS | HISTORY, lines, &answer);
    ck_assert_msg(finding(&answer, one->check)->error[0] == '\0', "%s", answer.text);
    ck_assert_msg(finding(&answer, one->check)->violations > 0, "%s does not find: %s %s\n%s", one->check,
                  one->sql == NULL ? "" : one->sql, line, answer.text);
    ck_assert_ptr_nonnull(strstr(answer.text, "AUDIT FAILED violations="));
    release(&answer);
}
END_TEST

START_TEST(every_check_has_something_planted_for_it)
{
    const struct check *check;

    for (int n = 0; (check = checks_get(n)) != NULL; n++) {
        bool found = check->needs & RECORDS;        /* check_audit_records.c plants for these */

        for (int i = 0; i < PLANTED; i++)
            found = found || strcmp(planted[i].check, check->name) == 0;
        ck_assert_msg(found, "nothing is planted that %s has to find", check->name);
    }
}
END_TEST

START_TEST(an_order_under_way_is_no_violation_while_the_services_are_at_work)
{
    struct choreography c;
    char paths[AUDITED][128];
    struct answer live, quiet;

    choreography_open(&c);
    open_account(&c, "alice", "EUR", 100000);
    place_order(&c, "alice");
    relay(&c);
    run_only(&c, PAYMENT_SVC, PAYMENT_SVC);     /* charged, and order-svc does not know */
    place_order(&c, "alice");                   /* in the outbox */
    make_files(&c, paths, "under-way");
    choreography_close(&c);
    audit_files(paths, EVENTS, NULL, &live);
    ck_assert_msg(live.violations == 0, "%s", live.text);
    audit_files(paths, QUIET | EVENTS, NULL, &quiet);
    ck_assert_int_eq(finding(&quiet, "one-end")->violations, 2);
    ck_assert_int_eq(finding(&quiet, "agreement")->violations, 1);
    ck_assert_int_eq(finding(&quiet, "paid-for")->violations, 1);
    ck_assert_int_eq(finding(&quiet, "sent")->violations, 1);
    release(&live);
    release(&quiet);
}
END_TEST

/* payment.completed was set aside: the order stays CREATED, and that is explained; a doubled charge would not be. */
START_TEST(an_open_dead_letter_excuses_its_order_from_completeness_and_from_nothing_else)
{
    struct choreography c;
    char paths[AUDITED][128];
    struct answer answer;
    const char *order_id, *letter;

    choreography_open(&c);
    open_account(&c, "alice", "EUR", 100000);
    set_aside(&c, ORDER_SVC, PAYMENT_COMPLETED);
    order_id = place_order(&c, "alice");
    run_until_quiet(&c);
    letter = arena_format(&c.arena, "INSERT INTO dead_letter (reason, message, cluster, topic, partition, record_offset,"
                          " record_time, event_id, type, key, received_at) VALUES ('malformed_payment', '', '', 'payments',"
                          " 1, 1, 1, '%s', 'payment.completed', CAST('%s' AS BLOB), 1)", said(&c, order_id, PAYMENT_COMPLETED)->id, order_id);
    ck_assert_int_eq(db_script(c.cores[ORDER_SVC].db, letter), 0);
    make_files(&c, paths, "dead-letter");
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_eq(finding(&answer, "one-end")->excused, 1);
    ck_assert_ptr_nonnull(strstr(answer.text, arena_format(&c.arena, "excused: order %s", order_id)));
    ck_assert_ptr_nonnull(strstr(answer.text, "dead_letters_open=1"));
    change_file(paths[AUDIT_PAYMENT], "UPDATE ledger SET amount = amount - 1 WHERE kind = 'CHARGE'");
    release(&answer);
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(finding(&answer, "charge")->violations, 1);
    choreography_close(&c);
    release(&answer);
}
END_TEST

START_TEST(what_pruned_events_would_decide_is_counted_and_held_against_nobody)
{
    char paths[AUDITED][128];
    struct answer answer;

    copy_clean(paths, "pruned");
    for (int i = 0; i < AUDITED; i++)
        change_file(paths[i], "DELETE FROM outbox WHERE seq <= (SELECT max(seq) FROM outbox) / 2");
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_gt(finding(&answer, "step-cause")->undecidable, 0);
    ck_assert_int_gt(finding(&answer, "said")->undecidable, 0);
    ck_assert_ptr_nonnull(strstr(answer.text, "order-svc has pruned its outbox"));
    change_file(paths[AUDIT_NOTIFY], "INSERT INTO processed_event"
                " VALUES ('f1890a5d-ac96-774b-bcce-b302099a8058', 'DONE', 1)");
    release(&answer);
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(finding(&answer, "heard-truly")->violations, 1);      /* said after what was pruned: invented */
    release(&answer);
}
END_TEST

/* Then there are as many events as processed ones, and still one of them was not heard. */
START_TEST(a_pruned_event_does_not_hide_a_lost_one)
{
    char paths[AUDITED][128];
    struct answer answer;

    copy_clean(paths, "one-for-one");
    change_file(paths[AUDIT_ORDER], "DELETE FROM outbox WHERE seq = 1");
    change_file(paths[AUDIT_PAYMENT], "DELETE FROM processed_event"
                " WHERE event_id = (SELECT max(event_id) FROM processed_event)");
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(finding(&answer, "heard")->violations, 1);
    release(&answer);
}
END_TEST

/* Retention of processed events and of answers: the first ones are gone, and it is noted up to when. */
START_TEST(what_retention_has_deleted_is_not_held_against_anybody)
{
    static const char forget[] =
        "INSERT INTO forgotten SELECT 'processed_event', min(processed_at) + 1 FROM processed_event;"
        "DELETE FROM processed_event WHERE processed_at < (SELECT until FROM forgotten)";
    char paths[AUDITED][128];
    struct answer answer;

    copy_clean(paths, "deleted");
    change_file(paths[AUDIT_PAYMENT], forget);
    change_file(paths[AUDIT_NOTIFY], forget);
    change_file(paths[AUDIT_ORDER], "INSERT INTO forgotten SELECT 'idempotency_key', max(stored_at) + 1 FROM idempotency_key;"
                                    "DELETE FROM idempotency_key");
    audit_files(paths, QUIET | EVENTS | HISTORY, history, &answer);
    ck_assert_msg(answer.violations == 0, "%s", answer.text);
    ck_assert_int_gt(finding(&answer, "heard")->undecidable, 0);
    ck_assert_int_eq(finding(&answer, "one-per-key")->undecidable, 1);
    ck_assert_ptr_nonnull(strstr(answer.text, "payment-svc has pruned its processed_event"));
    release(&answer);
    change_file(paths[AUDIT_PAYMENT], "DELETE FROM processed_event");       /* those that are not that old, too */
    audit_files(paths, QUIET | EVENTS | HISTORY, history, &answer);
    ck_assert_int_gt(finding(&answer, "heard")->violations, 0);
    release(&answer);
}
END_TEST

START_TEST(two_audits_share_the_checks_without_leaving_one_out)
{
    struct answer whole;
    struct report halves[2];
    struct audit *audits[2] = { attach(clean), attach(clean) };
    const unsigned parts[2] = { 0, EVENTS };
    char *error = NULL;

    audit_files(clean, QUIET | EVENTS, NULL, &whole);
    for (int i = 0; i < 2; i++) {
        struct audit_listener listener = report_listener(&halves[i]);

        report_init(&halves[i], false);
        ck_assert_int_eq(audit_run(audits[i], QUIET | parts[i], parts[i], &listener, &error), 0);
        audit_free(audits[i]);
        report_release(&halves[i]);
    }
    ck_assert_int_eq(halves[0].count + halves[1].count, whole.report.count);
    ck_assert_int_gt(halves[0].count, 0);
    ck_assert_int_gt(halves[1].count, 0);
    release(&whole);
}
END_TEST

/* ---- files ---- */

static int
files_in(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void
check_untouched(char paths[AUDITED][128], int64_t violations, const char *check)
{
    struct stat before[AUDITED], after;
    int files = files_in(folder);
    struct answer answer;

    for (int i = 0; i < AUDITED; i++)
        stat(paths[i], &before[i]);
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_msg(finding(&answer, check)->violations == violations, "%s", answer.text);
    ck_assert_int_eq(files_in(folder), files);
    for (int i = 0; i < AUDITED; i++) {
        stat(paths[i], &after);
        ck_assert_int_eq(after.st_size, before[i].st_size);
        ck_assert_int_eq(after.st_mtim.tv_nsec, before[i].st_mtim.tv_nsec);
    }
    release(&answer);
}

START_TEST(a_database_in_wal_mode_that_nobody_uses_is_read_without_a_file_beside_it)
{
    char paths[AUDITED][128];

    copy_clean(paths, "stopped");
    for (int i = 0; i < AUDITED; i++)
        change_file(paths[i], "PRAGMA journal_mode = WAL; CREATE TABLE other (a)");
    check_untouched(paths, 0, "identity");
}
END_TEST

/* What is committed but only in the write-ahead log counts; so does it when the writer was killed. */
START_TEST(a_database_in_use_is_read_as_it_is)
{
    char paths[AUDITED][128], killed[AUDITED][128], command[512];
    sqlite3 *writers[AUDITED];

    copy_clean(paths, "in-use");
    for (int i = 0; i < AUDITED; i++) {
        ck_assert_int_eq(sqlite3_open(paths[i], &writers[i]), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(writers[i], "PRAGMA journal_mode = WAL; UPDATE meta SET shards = 2", NULL, NULL,
                                      NULL), SQLITE_OK);
    }
    ck_assert_int_eq(sqlite3_exec(writers[AUDIT_ORDER], "UPDATE orders SET version = version + 1", NULL, NULL, NULL),
                     SQLITE_OK);
    check_untouched(paths, 9, "adds-up");
    for (int i = 0; i < AUDITED; i++) {
        snprintf(killed[i], sizeof(killed[i]), "%s/killed-%s.db", folder, audited_name((enum audited)i));
        snprintf(command, sizeof(command), "for e in '' -wal -shm; do cp %s$e %s$e; done", paths[i], killed[i]);
        ck_assert_int_eq(system(command), 0);
        sqlite3_close(writers[i]);
    }
    check_untouched(killed, 9, "adds-up");
}
END_TEST

START_TEST(open_databases_in_memory_can_be_audited)
{
    struct audit *audit = audit_new();
    sqlite3 *sqlite[AUDITED], *file;
    struct answer answer;
    char *error = NULL;

    for (int i = 0; i < AUDITED; i++) {
        sqlite3_backup *backup;

        sqlite3_open(":memory:", &sqlite[i]);
        sqlite3_open(clean[i], &file);
        backup = sqlite3_backup_init(sqlite[i], "main", file, "main");
        sqlite3_backup_step(backup, -1);
        ck_assert_int_eq(sqlite3_backup_finish(backup), SQLITE_OK);
        sqlite3_close(file);
    }
    sqlite3_exec(sqlite[AUDIT_PAYMENT], "UPDATE account SET balance = 7", NULL, NULL, NULL);
    for (int i = 0; i < AUDITED; i++)
        ck_assert_msg(audit_copy(audit, (enum audited)i, sqlite[i], &error) == 0, "%s", error);
    run_audit(audit, QUIET | EVENTS, &answer);
    ck_assert_int_eq(answer.violations, 2);
    ck_assert_int_eq(finding(&answer, "balance")->violations, 2);
    for (int i = 0; i < AUDITED; i++)
        sqlite3_close(sqlite[i]);
    release(&answer);
}
END_TEST

START_TEST(what_cannot_be_read_is_named_with_the_reason)
{
    struct audit *audit = audit_new();
    char path[128], *error = NULL;

    snprintf(path, sizeof(path), "%s/nothing.db", folder);
    ck_assert_int_eq(audit_attach(audit, AUDIT_ORDER, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, path));
    ck_assert_ptr_nonnull(strstr(error, "No such file"));
    free(error);
    write_file(path, "this is a text, long enough to be taken for a database by its size if by nothing else at all\n");
    audit_free(audit);
    audit = audit_new();
    ck_assert_int_eq(audit_attach(audit, AUDIT_ORDER, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "not a database"));
    free(error);
    write_file(path, "acknowledged a b c\n\n# a comment\nperhaps a b c\n");
    ck_assert_int_eq(audit_history(audit, path, &error), -1);
    ck_assert_ptr_nonnull(strstr(error, "nothing.db:4: expected acknowledged, refused or unknown"));
    free(error);
    audit_free(audit);
}
END_TEST

START_TEST(a_violation_comes_with_the_timeline_of_its_order)
{
    char paths[AUDITED][128];
    struct answer answer;
    const char *line;

    copy_clean(paths, "timeline");
    change_file(paths[AUDIT_PAYMENT], "UPDATE relay_cursor SET seq = seq - 1");
    audit_files(paths, QUIET | EVENTS, NULL, &answer);
    ck_assert_int_eq(answer.violations, 1);
    line = strstr(answer.text, "      sent: ");
    ck_assert_ptr_nonnull(line);
    ck_assert_ptr_nonnull(strstr(line, "payment.voided waits in the outbox of payment-svc\n        00:"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    becomes CREATED                       request\n"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    becomes CANCELLED expired             timer:expiry\n"));
    ck_assert_ptr_nonnull(strstr(line, "payment-svc  says payment.voided                   order.cancelled\n"));
    ck_assert_ptr_nonnull(strstr(line, "order-svc    CANCELLED, closed                     payment.voided\n"));
    release(&answer);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit");
    TCase *tcase = tcase_create("audit");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_unchecked_fixture(tcase, set_up_once, tear_down_once);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_sound_set_passes_every_check_and_no_check_looked_at_nothing);
    tcase_add_test(tcase, every_check_has_something_planted_for_it);
    tcase_add_loop_test(tcase, what_is_planted_is_found, 0, PLANTED);
    tcase_add_test(tcase, an_order_under_way_is_no_violation_while_the_services_are_at_work);
    tcase_add_test(tcase, an_open_dead_letter_excuses_its_order_from_completeness_and_from_nothing_else);
    tcase_add_test(tcase, what_pruned_events_would_decide_is_counted_and_held_against_nobody);
    tcase_add_test(tcase, a_pruned_event_does_not_hide_a_lost_one);
    tcase_add_test(tcase, what_retention_has_deleted_is_not_held_against_anybody);
    tcase_add_test(tcase, two_audits_share_the_checks_without_leaving_one_out);
    tcase_add_test(tcase, a_database_in_wal_mode_that_nobody_uses_is_read_without_a_file_beside_it);
    tcase_add_test(tcase, a_database_in_use_is_read_as_it_is);
    tcase_add_test(tcase, open_databases_in_memory_can_be_audited);
    tcase_add_test(tcase, what_cannot_be_read_is_named_with_the_reason);
    tcase_add_test(tcase, a_violation_comes_with_the_timeline_of_its_order);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
