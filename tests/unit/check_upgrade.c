/* Databases of older programs: brought up to date with all they hold, or refused and left as they are. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/service.h"
#include "../../common/store/db.h"
#include "../../common/store/meta.h"
#include "../../notify-svc/service.h"
#include "../../order-svc/service.h"
#include "../../payment-svc/service.h"

#include <check.h>
#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture ---- */

#define ID "01890a5d-ac96-774b-bcce-b302099a80"

/* A database of schema version 1: the texts it was made of, rows as a service leaves them, and what must be found of them
 * after the upgrade. */
static const struct old {
    const struct service *service;
    const char *texts[3];                /* in tests/unit/fixtures/schema-1 */
    const char *rows;
    const char *asked, *answer;
} olds[] = {
    { &order_service, { "common", "order" },
      "INSERT INTO orders VALUES ('" ID "01', 'alice', 'EUR', 700, 'CREATED', NULL, 1, 3, 1, 1000, 2000, NULL);"
      "INSERT INTO order_item VALUES ('" ID "01', 1, 'book', 1, 700);"
      "INSERT INTO order_history (order_id, at, what, status, cause)"
      " VALUES ('" ID "01', 1000, 'request', 'CREATED', 'request:1');",
      "SELECT (SELECT status FROM orders) || (SELECT sku FROM order_item) || (SELECT what FROM v_order_timeline)",
      "CREATEDbookrequest" },
    { &payment_service, { "common", "payment", "processed_event" },
      "INSERT INTO account VALUES ('alice', 'EUR', 300, 1000, 900);"
      "INSERT INTO payment VALUES ('" ID "01', 'alice', 'EUR', 700, 'COMPLETED', NULL, 1, 1001);"
      "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause)"
      " VALUES ('alice', NULL, 'DEPOSIT', 1000, 950, 'request:1'), ('alice', '" ID "01', 'CHARGE', -700, 1001, 'e');"
      "INSERT INTO processed_event VALUES ('" ID "02', 'DONE', 1001), ('" ID "03', 'DEAD', 1002);",
      "SELECT (SELECT balance - sum(amount) FROM ledger) || status || (SELECT group_concat(outcome) FROM processed_event)"
      "  FROM payment JOIN account USING (customer_id)",
      "0COMPLETEDDONE,DEAD" },
    { &notify_service, { "common", "notify", "processed_event" },
      "INSERT INTO notification VALUES ('" ID "01', 'paid', '" ID "09', 'alice', 'console', 'SENT', 'Paid', 1, 1003,"
      "                                 1003);"
      "INSERT INTO processed_event VALUES ('" ID "04', 'DONE', 1003);",
      "SELECT text || (SELECT outcome FROM processed_event) FROM notification", "PaidDONE" },
};
enum { OLDS = sizeof(olds) / sizeof(olds[0]) };

static const char common_rows[] =
    "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)"
    " VALUES ('" ID "05', 'order.created', '" ID "01', 3, 1, 'request:1', 1000, '{}'),"
    "        ('" ID "06', 'order.paid', '" ID "01', 3, 2, 'x', 1001, '{}');"
    "DELETE FROM outbox WHERE seq = 1;"
    "UPDATE relay_cursor SET seq = 2;"
    "INSERT INTO position VALUES ('payments', 3, 17, '" ID "07');"
    "INSERT INTO dead_letter (reason, topic, partition, record_offset, event_id, value, received_at)"
    " VALUES ('malformed_order', 'orders', 3, 4, '" ID "08', x'00ff', 1001);"
    "INSERT INTO idempotency_key VALUES ('b', 'POST /orders alice', '{}', 201, '/orders/1', '{\"a\":1}', 2000),"
    "                                   ('a', 'POST /orders alice', '{}', 201, NULL, '', 1000);";
static const char common_asked[] =
    "SELECT (SELECT group_concat(seq || type) FROM outbox) || ' ' || (SELECT seq FROM relay_cursor) || ' '"
    "    || (SELECT seq FROM sqlite_sequence WHERE name = 'outbox') || ' '"
    "    || (SELECT topic || next_offset FROM position) || ' '"
    "    || (SELECT state || hex(value) FROM dead_letter) || ' '"
    "    || (SELECT group_concat(key || stored_at || ifnull(location, '-') || body)"
    "          FROM (SELECT * FROM idempotency_key ORDER BY key)) || ' '"
    "    || (SELECT cluster_id || partitions || topic_prefix || in_use FROM meta)";
static const char common_answer[] =
    "2order.paid 2 2 payments17 OPEN00FF a1000-,b2000/orders/1{\"a\":1} abc12test.0";

static char folder[64], path[128];
static struct clock clock;
static struct log log_;

static void
set_up(void)
{
    strcpy(folder, "/tmp/check_upgrade.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
}

static void
tear_down(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);      /* a closed database leaves no other file */
}

/* ---- Helpers ---- */

static void
run_text(sqlite3 *sqlite, const char *sql)
{
    char *error = NULL;

    ck_assert_msg(sqlite3_exec(sqlite, sql, NULL, NULL, &error) == SQLITE_OK, "%s in %.200s", error, sql);
}

static void
run_file(sqlite3 *sqlite, const char *name)
{
    char file[128], text[20000];
    FILE *in;
    size_t size;

    snprintf(file, sizeof(file), "tests/unit/fixtures/schema-1/%s.sql", name);
    in = fopen(file, "r");
    ck_assert_msg(in != NULL, "%s is not there: run from the top of the repository", file);
    size = fread(text, 1, sizeof(text) - 1, in);
    fclose(in);
    text[size] = '\0';
    run_text(sqlite, text);
}

static void
make_old(const struct old *old)
{
    char row[300];
    sqlite3 *sqlite;

    ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
    for (int i = 0; i < 3 && old->texts[i] != NULL; i++)
        run_file(sqlite, old->texts[i]);
    snprintf(row, sizeof(row), "INSERT INTO meta (schema_version, service, shard, shards, partitions, topic_prefix, cluster_id)"
             " VALUES (1, '%s', 0, 1, 12, 'test.', 'abc')", old->service->name);
    run_text(sqlite, row);
    run_text(sqlite, common_rows);
    run_text(sqlite, old->rows);
    sqlite3_close(sqlite);
}

static struct meta
meta_of(const struct service *service)
{
    return (struct meta){ service->name, 0, 1, 12, "test." };
}

/* As the daemon does: upgrade, then open. NULL with *error. */
static struct db *
open_as(const struct service *service, const char *const *upgrades, char **error)
{
    struct meta meta = meta_of(service);
    struct db *db = db_open(path, &log_, error);

    ck_assert_msg(db != NULL, "%s", *error);
    if (meta_upgrade(db, &meta, upgrades, &log_, error) == 0 && meta_open(db, &meta, service->schema, error) == 0)
        return db;
    db_close(db);
    return NULL;
}

static struct db *
open_upgraded(const struct service *service)
{
    char *error = NULL;
    struct db *db = open_as(service, service->upgrades, &error);

    ck_assert_msg(db != NULL, "%s", error);
    return db;
}

/* Without comments, blanks, and the quotes that ALTER TABLE puts around names. */
static void
put_bare(char *to, const char *sql)
{
    to += strlen(to);
    for (; *sql != '\0'; sql++) {
        if (sql[0] == '-' && sql[1] == '-')
            sql += strcspn(sql, "\n");
        if (*sql != '"' && !isspace((unsigned char)*sql))
            *to++ = *sql;
    }
    strcpy(to, "\n");
}

static void
read_schema(struct db *db, char *text)
{
    static const char sql[] = "SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM sqlite_schema ORDER BY type, name";
    struct rows *rows = db_select(db, sql, NULL);

    text[0] = '\0';
    while (rows_next(rows))
        put_bare(text, rows_text(rows, 0));
    ck_assert_int_eq(db_failure(db), DB_FINE);
}

static int
version_of(void)
{
    static const char sql[] = "SELECT schema_version FROM meta";
    char *error = NULL;
    struct db *db = db_open(path, &log_, &error);
    int version = (int)db_number(db, sql, NULL, -1);

    db_close(db);
    return version;
}

/* ---- Tests ---- */

START_TEST(an_upgraded_database_is_as_a_new_one)
{
    const struct service *service = olds[_i].service;
    char upgraded[20000], fresh[20000], *error = NULL;
    struct meta meta = meta_of(service);
    struct db *db;

    make_old(&olds[_i]);
    db = open_upgraded(service);
    read_schema(db, upgraded);
    db_close(db);
    db = db_open(":memory:", &log_, &error);
    ck_assert_int_eq(meta_open(db, &meta, service->schema, &error), 0);
    read_schema(db, fresh);
    db_close(db);
    ck_assert_str_eq(upgraded, fresh);
    ck_assert_int_eq(version_of(), SCHEMA_VERSION);
}
END_TEST

START_TEST(an_upgraded_database_holds_what_it_held)
{
    struct db *db;

    make_old(&olds[_i]);
    db = open_upgraded(olds[_i].service);
    ck_assert_str_eq(db_text(db, common_asked, NULL), common_answer);
    ck_assert_str_eq(db_text(db, olds[_i].asked, NULL), olds[_i].answer);
    ck_assert_str_eq(db_text(db, "PRAGMA integrity_check", NULL), "ok");
    ck_assert_ptr_null(db_text(db, "PRAGMA foreign_key_check", NULL));
    db_close(db);
    db_close(open_upgraded(olds[_i].service));      /* there is nothing left to do */
}
END_TEST

START_TEST(an_old_database_of_another_service_is_refused_and_left_alone)
{
    char *error = NULL;

    make_old(&olds[0]);
    ck_assert_ptr_null(open_as(&payment_service, payment_service.upgrades, &error));
    ck_assert_ptr_nonnull(strstr(error, "belongs to order-svc, this is payment-svc"));
    ck_assert_int_eq(version_of(), 1);
    free(error);
}
END_TEST

START_TEST(an_upgrade_that_fails_leaves_the_database_as_it_was)
{
    const char *const broken[] = { "CREATE TABLE half (x TEXT); CREATE TABLE meta (y TEXT)" };
    char *error = NULL;
    struct db *db;

    make_old(&olds[0]);
    ck_assert_ptr_null(open_as(&order_service, broken, &error));
    ck_assert_msg(strstr(error, "cannot upgrade the database to schema version 2, it is as it was: ") != NULL, "%s", error);
    free(error);
    ck_assert_int_eq(version_of(), 1);
    db = open_upgraded(&order_service);             /* the right program still can */
    ck_assert_int_eq(db_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'", NULL, -1), 0);
    db_close(db);
}
END_TEST

START_TEST(a_newer_database_is_not_touched)
{
    char *error = NULL;
    sqlite3 *sqlite;

    make_old(&olds[0]);
    db_close(open_upgraded(&order_service));
    ck_assert_int_eq(sqlite3_open(path, &sqlite), SQLITE_OK);
    run_text(sqlite, "UPDATE meta SET schema_version = 99");
    sqlite3_close(sqlite);
    ck_assert_ptr_null(open_as(&order_service, order_service.upgrades, &error));
    ck_assert_msg(strstr(error, "has schema version 99, this program knows") != NULL, "%s", error);
    ck_assert_int_eq(version_of(), 99);
    free(error);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("upgrade");
    TCase *tcase = tcase_create("upgrade");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, an_upgraded_database_is_as_a_new_one, 0, OLDS);
    tcase_add_loop_test(tcase, an_upgraded_database_holds_what_it_held, 0, OLDS);
    tcase_add_test(tcase, an_old_database_of_another_service_is_refused_and_left_alone);
    tcase_add_test(tcase, an_upgrade_that_fails_leaves_the_database_as_it_was);
    tcase_add_test(tcase, a_newer_database_is_not_touched);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
