/* Faults on purpose: what can be ordered, when they strike, and that FAULTS.md knows each of them. */
#include "../../common/base/faults.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/uuid.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct clock clock_;
static struct log log_;
static struct uuid_source chance;
static struct faults *faults;

static void
set_up(void)
{
    clock_ = clock_manual(1767225600000);
    uuid_source_seeded(&chance, 1);
    log_ = (struct log){ .service = "test", .clock = &clock_, .fd = -1 };
    faults = faults_new(&log_, &chance);
}

static void
tear_down(void)
{
    faults_free(faults);
}

/* ---- Helpers ---- */

/* What is wrong with the text: "" if nothing is. */
static const char *
mistake(const char *text)
{
    static char said[300];
    char *error = NULL;

    said[0] = '\0';
    if (faults_read(faults, text, &error) != 0)
        snprintf(said, sizeof(said), "%s", error);
    free(error);
    return said;
}

static int
strikes(enum fault fault, enum envelope_type type, int times)
{
    int count = 0;

    while (times-- > 0)
        count += faults_hit(faults, fault, type);
    return count;
}

static char *
the_page(void)
{
    FILE *file = fopen("FAULTS.md", "r");
    char *text = calloc(1, 100000);

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, 99999, file), 0);
    fclose(file);
    return text;
}

/* ---- Tests ---- */

START_TEST(without_permission_nothing_strikes)
{
    for (int i = 0; i < FAULTS; i++) {
        ck_assert(!faults_hit(NULL, (enum fault)i, NO_TYPE));
        ck_assert(!faults_hit(faults, (enum fault)i, NO_TYPE));
    }
}
END_TEST

START_TEST(a_fault_strikes_what_it_was_ordered_for)
{
    ck_assert_str_eq(mistake("handler-retries:type=order.created,ack-lost"), "");
    ck_assert_int_eq(strikes(FAULT_HANDLER_RETRIES, ORDER_CREATED, 10), 10);
    ck_assert_int_eq(strikes(FAULT_HANDLER_RETRIES, ORDER_PAID, 10), 0);
    ck_assert_int_eq(strikes(FAULT_ACK_LOST, ORDER_PAID, 10), 10);
    ck_assert_int_eq(strikes(FAULT_HANDLER_REFUSES, ORDER_CREATED, 10), 0);
    ck_assert_uint_eq(faults_count(faults, FAULT_HANDLER_RETRIES), 10);
    ck_assert(faults_clear(faults, FAULT_HANDLER_RETRIES));
    ck_assert(!faults_clear(faults, FAULT_HANDLER_RETRIES));
    ck_assert_int_eq(strikes(FAULT_HANDLER_RETRIES, ORDER_CREATED, 10), 0);
}
END_TEST

START_TEST(percent_is_how_often_it_strikes)
{
    ck_assert_str_eq(mistake("handler-retries:percent=10"), "");
    ck_assert_int_gt(strikes(FAULT_HANDLER_RETRIES, ORDER_CREATED, 10000), 800);
    ck_assert_uint_lt(faults_count(faults, FAULT_HANDLER_RETRIES), 1200);
    ck_assert_str_eq(mistake("handler-retries:percent=99"), "");
    ck_assert_int_lt(strikes(FAULT_HANDLER_RETRIES, ORDER_CREATED, 10000), 10000);
}
END_TEST

START_TEST(a_fault_ends_by_itself_when_its_time_is_over)
{
    struct fault_order order;

    ck_assert_str_eq(mistake("handler-slow:ms=50:for=30s"), "");
    ck_assert_int_eq(faults_ms(faults, FAULT_HANDLER_SLOW), 50);
    clock_advance(&clock_, 29000);
    ck_assert(faults_get(faults, FAULT_HANDLER_SLOW, &order));
    ck_assert_int_eq(order.for_ms, 1000);
    ck_assert_int_eq(strikes(FAULT_HANDLER_SLOW, ORDER_CREATED, 1), 1);
    clock_advance(&clock_, 1000);
    ck_assert(!faults_get(faults, FAULT_HANDLER_SLOW, &order));
    ck_assert_int_eq(strikes(FAULT_HANDLER_SLOW, ORDER_CREATED, 1), 0);
    ck_assert(!faults_clear(faults, FAULT_HANDLER_SLOW));
}
END_TEST

START_TEST(orders_that_make_no_sense_are_refused_and_none_is_set)
{
    struct fault_order order;

    ck_assert_str_eq(mistake(""), "");
    ck_assert_ptr_nonnull(strstr(mistake("nonsense"), "\"nonsense\" is no fault"));
    ck_assert_ptr_nonnull(strstr(mistake(","), "is no fault"));
    ck_assert_ptr_nonnull(strstr(mistake("ack-lost,handler-slow"), "handler-slow: this fault needs ms"));
    ck_assert_ptr_nonnull(strstr(mistake("ack-lost:ms=5"), "takes no ms"));
    ck_assert_ptr_nonnull(strstr(mistake("handler-slow:ms=10001"), "at most 10000"));
    ck_assert_ptr_nonnull(strstr(mistake("commit-fails:type=order.paid"), "concerns no type"));
    for (const char *option = "percent=0\0percent=101\0type=order.eaten\0for=0s\0for=long\0ms=0\0ms=-1\0x\0";
         *option != '\0'; option += strlen(option) + 1) {
        char text[60];

        snprintf(text, sizeof(text), "ack-lost:%s", option);
        ck_assert_ptr_nonnull(strstr(mistake(text), "is none of type="));
    }
    ck_assert(!faults_get(faults, FAULT_ACK_LOST, &order));
    ck_assert_int_eq(faults_read(NULL, "ack-lost", NULL), 0);
}
END_TEST

START_TEST(each_fault_has_a_name_of_its_own_and_says_what_it_does)
{
    for (int i = 0; i < FAULTS; i++) {
        enum fault found;

        ck_assert_int_eq(fault_parse(fault_kinds[i].name, &found), 0);
        ck_assert_int_eq(found, i);
        ck_assert_uint_gt(strlen(fault_kinds[i].does), 10);
        ck_assert_uint_gt(strlen(fault_kinds[i].watch), 10);
    }
}
END_TEST

/* "### name" up to the next heading: the command, and a test; 18-readme.sh looks whether that is there. */
static void
check_section(char *section, const char *name)
{
    char command[80];

    snprintf(command, sizeof(command), "ctl fault set %s", name);
    ck_assert_msg(strstr(section, command) != NULL, "FAULTS.md: %s has no command", name);
    ck_assert_msg(strstr(section, "tests/e2e/") != NULL, "FAULTS.md: %s names no test", name);
}

START_TEST(faults_md_describes_each_fault_and_no_other)
{
    char *text = the_page(), *section = strstr(text, "\n### ");
    int count = 0;

    for (; section != NULL; count++) {
        char *next = strstr(section + 1, "\n### "), name[40];
        enum fault fault;

        if (next != NULL)
            *next = '\0';
        ck_assert_int_eq(sscanf(section, "\n### %39s", name), 1);
        ck_assert_msg(fault_parse(name, &fault) == 0, "FAULTS.md describes %s, which is no fault", name);
        check_section(section, name);
        section = next == NULL ? NULL : (*next = '\n', next);
    }
    ck_assert_int_eq(count, FAULTS);
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("faults");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_permission_nothing_strikes);
    tcase_add_test(tcase, a_fault_strikes_what_it_was_ordered_for);
    tcase_add_test(tcase, percent_is_how_often_it_strikes);
    tcase_add_test(tcase, a_fault_ends_by_itself_when_its_time_is_over);
    tcase_add_test(tcase, orders_that_make_no_sense_are_refused_and_none_is_set);
    tcase_add_test(tcase, each_fault_has_a_name_of_its_own_and_says_what_it_does);
    tcase_add_test(tcase, faults_md_describes_each_fault_and_no_other);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
