/* The auditor on several shards: each is judged by itself, all must be there, and the verdict is one. */
#include "choreography.h"

#include "../../common/store/db_private.h"
#include "../audit/audit.h"
#include "../audit/print.h"
#include "../audit/shards.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SET = 2 };

/* ---- Fixture: two shards in memory, a customer and two orders in each ---- */

static struct choreography shards[SET];
static char order_ids[SET][2][UUID_TEXT];
static const char *customers[SET];
static char history[] = "/tmp/check_audit_shards.XXXXXX";

static void
change(int shard, enum member member, const char *sql)
{
    ck_assert_int_eq(db_script(shards[shard].cores[member].db, arena_text(&shards[shard].arena, sql)), 0);
}

static void
be_shard(int index)
{
    struct choreography *c = &shards[index];

    for (int i = 0; i < MEMBERS; i++) {
        db_context(c->cores[i].db)->shard = (struct shard){ index, SET, PARTITIONS_IN_TESTS };
        change(index, (enum member)i, arena_format(&c->arena, "UPDATE meta SET shard = %d, shards = %d", index, SET));
    }
}

static void
set_up(void)
{
    static const struct shard any = { 0, SET, PARTITIONS_IN_TESTS };

    for (int i = 0; i < SET; i++) {
        choreography_open(&shards[i]);
        be_shard(i);
        for (customers[i] = "a"; shard_of_customer(&any, customers[i]) != i;)
            customers[i] = arena_format(&shards[i].arena, "%sa", customers[i]);
        open_account(&shards[i], customers[i], "EUR", 10000);
        for (int order = 0; order < 2; order++)
            strcpy(order_ids[i][order], place_order(&shards[i], customers[i]));
        run_until_quiet(&shards[i]);
    }
}

static void
tear_down(void)
{
    for (int i = 0; i < SET; i++)
        choreography_close(&shards[i]);
    unlink(history);
}

/* ---- Helpers ---- */

struct answer {
    struct report report;
    int64_t violations;
    char *text;
    size_t size;
};

static struct audit *
copy_of(const struct choreography *c)
{
    struct audit *audit = audit_new();
    char *error = NULL;

    for (int i = 0; i < AUDITED; i++)
        ck_assert_msg(audit_copy(audit, (enum audited)i, c->cores[i].db->sqlite, &error) == 0, "%s", error);
    return audit;
}

/* Audits these shards, in this order. lines: what a driver was told, or NULL. */
static struct answer
audit_shards(const int *which, int count, const char *lines)
{
    const unsigned given = QUIET | EVENTS | (lines == NULL ? 0u : HISTORY);
    struct audit *audits[SET];
    struct answer answer = { .violations = 0 };
    struct audit_listener listener = report_listener(&answer.report);
    char *error = NULL;
    FILE *out;

    report_init(&answer.report, true);
    for (int i = 0; i < count; i++) {
        audits[i] = copy_of(&shards[which[i]]);
        if (lines != NULL)
            ck_assert_msg(audit_history(audits[i], lines, &error) == 0, "%s", error);
        report_begin(&answer.report, i);
        answer.violations += audit_run(audits[i], given, 0, &listener, &error);
        ck_assert_msg(error == NULL, "%s", error);
    }
    report_begin(&answer.report, -1);
    answer.violations += shards_check(audits, count, &listener);
    out = open_memstream(&answer.text, &answer.size);
    ck_assert_int_eq(findings_print(&(struct findings){ &answer.report, 1, audits, count }, out, false), answer.violations);
    fclose(out);
    for (int i = 0; i < count; i++)
        audit_free(audits[i]);
    return answer;
}

static void
release(struct answer *answer)
{
    report_release(&answer->report);
    free(answer->text);
}

static void
expect(const int *which, int count, const char *lines, const char *part)
{
    struct answer answer = audit_shards(which, count, lines);

    ck_assert_msg(strstr(answer.text, part) != NULL, "no '%s' in\n%.3000s", part, answer.text);
    ck_assert_int_eq(answer.violations == 0, strncmp(part, "AUDIT CLEAN", 11) == 0);
    release(&answer);
}

static const int both[SET] = { 0, 1 }, turned[SET] = { 1, 0 }, twice[SET] = { 1, 1 };

static const char *
history_of(const char *text)
{
    FILE *file;

    strcpy(strrchr(history, '.'), ".XXXXXX");
    file = fdopen(mkstemp(history), "w");
    fputs(text, file);
    fclose(file);
    return history;
}

/* ---- Tests ---- */

START_TEST(all_shards_of_a_set_are_one_verdict_with_the_sums)
{
    expect(both, SET, NULL, "AUDIT CLEAN shards=2 orders=4 payments=4 notifications=4 events=16\n");
    expect(turned, SET, NULL, "AUDIT CLEAN shards=2 orders=4 ");
}
END_TEST

START_TEST(what_is_examined_is_counted_over_all_shards)
{
    struct answer answer = audit_shards(both, SET, NULL);

    ck_assert_ptr_nonnull(strstr(answer.text, "ok    6 databases are whole\n"));
    ck_assert_ptr_nonnull(strstr(answer.text, "ok    4 orders reached one end\n"));
    ck_assert_ptr_nonnull(strstr(answer.text, "ok    2 shards are all that this set has, each once\n"));
    release(&answer);
}
END_TEST

START_TEST(a_violation_in_one_shard_says_in_which)
{
    change(1, PAYMENT_SVC, "UPDATE account SET balance = balance + 1");
    expect(both, SET, NULL, arena_format(&shards[1].arena, "balance in shard 1: %s has", customers[1]));
    expect(both, SET, NULL, "AUDIT FAILED violations=1 shards=2 orders=4 ");
}
END_TEST

START_TEST(a_shard_that_is_missing_or_there_twice_is_found)
{
    expect(both, 1, NULL, "shards: this is shard 0 of 2, and 1 is audited: name all of them");
    expect(twice, SET, NULL, "shards: shard 1 of 2 is there twice");
}
END_TEST

START_TEST(shards_that_were_not_made_alike_are_found)
{
    for (int i = 0; i < MEMBERS; i++)
        change(1, (enum member)i, "UPDATE meta SET topic_prefix = 'other.'");
    expect(both, SET, NULL, "shard 1 differs from shard 0 in schema version, partitions or topic prefix");
}
END_TEST

START_TEST(a_database_of_the_other_shard_is_found)
{
    struct core core = shards[0].cores[PAYMENT_SVC];

    shards[0].cores[PAYMENT_SVC] = shards[1].cores[PAYMENT_SVC];
    shards[1].cores[PAYMENT_SVC] = core;
    expect(both, SET, NULL, "identity in shard 0: the three differ in schema version, shard, partitions or topic prefix");
}
END_TEST

START_TEST(an_order_or_a_customer_in_the_wrong_shard_is_found)
{
    for (int i = 0; i < MEMBERS; i++) {
        change(0, (enum member)i, "UPDATE meta SET shard = 1");
        change(1, (enum member)i, "UPDATE meta SET shard = 0");
    }
    expect(both, SET, NULL, "placed in shard 1: ");
    expect(both, SET, NULL, arena_format(&shards[0].arena, "at-home in shard 1: customer %s belongs to shard 0 of 2",
                                         customers[0]));
}
END_TEST

START_TEST(what_a_driver_was_told_is_looked_for_in_the_shard_that_has_it)
{
    struct arena *arena = &shards[0].arena;
    const char *lines = arena_format(arena, "acknowledged %s - happy\nacknowledged %s - happy\nunknown - key-1 happy\n"
                                     "refused - key-2 happy\n", order_ids[0][0], order_ids[1][1]);
    struct answer answer = audit_shards(both, SET, history_of(lines));

    ck_assert_msg(answer.violations == 0, "%.3000s", answer.text);
    ck_assert_ptr_nonnull(strstr(answer.text, "ok    4 lines of the driver name an order that exists"));
    release(&answer);
    lines = arena_format(arena, "acknowledged %s - happy\nacknowledged %s - happy\n", order_ids[0][0],
                         new_id(&shards[0], ""));
    expect(both, SET, history_of(lines), "it was acknowledged, and does not exist");
    expect(both, SET, history, "AUDIT FAILED violations=1 ");
    lines = arena_format(arena, "acknowledged %s key-1 happy\nacknowledged %s key-1 happy\n", order_ids[0][0],
                         order_ids[1][0]);
    expect(both, SET, history_of(lines), "key key-1 made 2 orders");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit of shards");
    TCase *tcase = tcase_create("audit of shards");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, all_shards_of_a_set_are_one_verdict_with_the_sums);
    tcase_add_test(tcase, what_is_examined_is_counted_over_all_shards);
    tcase_add_test(tcase, a_violation_in_one_shard_says_in_which);
    tcase_add_test(tcase, a_shard_that_is_missing_or_there_twice_is_found);
    tcase_add_test(tcase, shards_that_were_not_made_alike_are_found);
    tcase_add_test(tcase, a_database_of_the_other_shard_is_found);
    tcase_add_test(tcase, an_order_or_a_customer_in_the_wrong_shard_is_found);
    tcase_add_test(tcase, what_a_driver_was_told_is_looked_for_in_the_shard_that_has_it);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
