/* The outbox and its cursor, processed events. On real files. */
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/murmur2.h"
#include "../../common/base/uuid.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/outbox.h"
#include "../../common/store/processed_event.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const char payment_schema[];

/* ---- Fixture ---- */

static const struct meta ours = { "payment-svc", 0, 1, 12, "" };

static char folder[64], path[128];
static struct clock clock;
static struct log log_;
static struct uuid_source ids;
static struct db *db;
static struct group_commit *group;

static struct db *
open_file(char **error)
{
    struct db *opened;

    *error = NULL;
    opened = db_open(path, &log_, error);
    if (opened != NULL && meta_open(opened, &ours, payment_schema, error) != 0) {
        db_close(opened);
        return NULL;
    }
    return opened;
}

static void
start(void)
{
    char *error;

    db = open_file(&error);
    ck_assert_msg(db != NULL, "%s", error);
    *db_context(db) = (struct db_context){ .ids = &ids, .source = "/payment-svc", .shard = { 0, 1, 12 },
                                           .may_emit = UINT32_MAX };
    group = group_new(db, &clock);
}

static void
stop(void)
{
    group_free(group);
    db_close(db);
    group = NULL;
    db = NULL;
}

static void
set_up(void)
{
    strcpy(folder, "/tmp/check_store.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.db", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    uuid_source_seeded(&ids, 7);
    start();
}

static void
tear_down(void)
{
    struct dirent *entry;
    DIR *directory;

    stop();
    directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
}

/* ---- Helpers ---- */

static const char order_id[] = "01890a5d-ac96-774b-bcce-b302099a8057";

/* An event said at this time, in its own turn. */
static void
say(int64_t at)
{
    struct envelope cause = { .id = "request:1", .received_at = at };

    group_cause_begin(group);
    outbox_add(db, envelope_answer(&cause, PAYMENT_VOIDED, order_id, 1, "{\"a\":1}"));
    group_cause_end(group, true);
    ck_assert(group_commit(group));
}

static void
store_cursor(int64_t seq)
{
    group_begin(group);
    relay_cursor_store(db, seq);
    ck_assert(group_commit(group));
}

static void
prune(int64_t before, int limit)
{
    group_begin(group);
    outbox_prune(db, before, limit);
    ck_assert(group_commit(group));
}

/* The seqs of the outbox, as text. */
static const char *
seqs(void)
{
    static const char sql[] = "SELECT group_concat(seq, ' ') FROM (SELECT seq FROM outbox ORDER BY seq)";
    const char *text = db_text(db, sql, NULL);

    return text == NULL ? "" : text;
}

/* ---- Tests: outbox ---- */

static bool
look_at(void *context, int64_t seq, const struct envelope *out)
{
    *(int64_t *)context += seq;
    ck_assert_int_eq(out->type, PAYMENT_VOIDED);
    ck_assert_int_eq(out->topic, PAYMENTS);
    ck_assert_str_eq(out->subject, order_id);
    ck_assert_int_eq(out->partition, murmur2_partition(order_id, 36, 12));
    ck_assert_str_eq(out->causation, "request:1");
    ck_assert_str_eq(out->source, "/payment-svc");
    ck_assert_ptr_null(out->traceparent);
    ck_assert_str_eq(out->data, "{\"a\":1}");
    ck_assert_uint_eq(out->data_size, 7);
    ck_assert(uuid_is_valid(out->id));
    return seq < 4;
}

START_TEST(rows_are_read_in_order_after_a_seq_up_to_a_limit_or_until_enough)
{
    int64_t sum = 0;

    for (int i = 1; i <= 6; i++)
        say(i * 10);
    ck_assert_int_eq(outbox_read(db, 1, 2, look_at, &sum), 2);
    ck_assert_int_eq(sum, 2 + 3);
    sum = 0;
    ck_assert_int_eq(outbox_read(db, 0, 100, look_at, &sum), 4);
    ck_assert_int_eq(sum, 1 + 2 + 3 + 4);
    ck_assert_int_eq(outbox_read(db, 6, 100, look_at, &sum), 0);
    sum = 0;
    ck_assert(outbox_read_one(db, 5, look_at, &sum));
    ck_assert_int_eq(sum, 5);
    ck_assert(!outbox_read_one(db, 7, look_at, &sum));
    ck_assert_int_eq(outbox_last_seq(db), 6);
    ck_assert_int_eq(outbox_oldest_after(db, 0), 10);
    ck_assert_int_eq(outbox_oldest_after(db, 3), 40);
    ck_assert_int_eq(outbox_oldest_after(db, 6), 0);
}
END_TEST

START_TEST(a_seq_is_never_used_again_after_its_row_was_deleted)
{
    for (int i = 0; i < 3; i++)
        say(1);
    store_cursor(3);
    prune(100, 100);
    ck_assert_str_eq(seqs(), "");
    ck_assert_int_eq(outbox_last_seq(db), 3);
    stop();
    start();
    say(1);
    ck_assert_str_eq(seqs(), "4");
}
END_TEST

START_TEST(pruning_keeps_what_is_not_acknowledged_not_old_or_too_much)
{
    for (int i = 1; i <= 6; i++)
        say(i * 10);
    store_cursor(4);
    prune(30, 100);
    ck_assert_str_eq(seqs(), "3 4 5 6");            /* said before 30 */
    prune(100, 1);
    ck_assert_str_eq(seqs(), "4 5 6");              /* one at most */
    prune(100, 100);
    ck_assert_str_eq(seqs(), "5 6");                /* the broker does not have them */
}
END_TEST

START_TEST(a_rewound_cursor_stands_below_the_oldest_row_that_is_kept)
{
    ck_assert_int_eq(relay_cursor_load(db), 0);
    for (int i = 1; i <= 5; i++)
        say(i * 10);
    store_cursor(4);
    prune(30, 100);
    ck_assert_int_eq(relay_cursor_load(db), 4);
    group_begin(group);
    ck_assert_int_eq(relay_cursor_rewind(db), 2);
    ck_assert(group_commit(group));
    store_cursor(5);
    prune(100, 100);
    group_begin(group);
    ck_assert_int_eq(relay_cursor_rewind(db), 5);       /* nothing is kept: it stays */
    ck_assert(group_commit(group));
    ck_assert_int_eq(relay_cursor_load(db), 5);
}
END_TEST

/* ---- Tests: processed events, dead letters ---- */

START_TEST(an_event_is_processed_once)
{
    struct envelope in = { .id = "event-1", .received_at = 5 };

    ck_assert(processed_event_add(db, &in));
    ck_assert(!processed_event_add(db, &in));
    processed_event_mark_dead(db, &in);
    ck_assert_str_eq(db_text(db, "SELECT outcome FROM processed_event", NULL), "DONE");
    in.id = "event-2";
    processed_event_mark_dead(db, &in);
    ck_assert(!processed_event_add(db, &in));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("store");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, rows_are_read_in_order_after_a_seq_up_to_a_limit_or_until_enough);
    tcase_add_test(tcase, a_seq_is_never_used_again_after_its_row_was_deleted);
    tcase_add_test(tcase, pruning_keeps_what_is_not_acknowledged_not_old_or_too_much);
    tcase_add_test(tcase, a_rewound_cursor_stands_below_the_oldest_row_that_is_kept);
    tcase_add_test(tcase, an_event_is_processed_once);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
