/* EVENTS.md says what each event does to an order, a payment and a notification, in each state. Its tables are made from the
 * handlers (tests/sim/explorer/state_tables.c): here they are made again and compared. */
#include "../sim/explorer/state_tables.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Helpers ---- */

static char *
read_document(void)
{
    FILE *file = fopen("EVENTS.md", "r");
    char *text = NULL;
    size_t room = 0;

    ck_assert_msg(file != NULL, "cannot read EVENTS.md: run this from the top of the tree");
    ck_assert_int_gt(getdelim(&text, &room, '\0', file), 0);
    fclose(file);
    return text;
}

/* The first line of the one that the other has not. */
static const char *
first_difference(const char *one, const char *other)
{
    static char line[300];
    size_t start = 0, i = 0;

    for (; one[i] != '\0' && one[i] == other[i]; i++)
        if (one[i] == '\n')
            start = i + 1;
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(one + start, "\n"), one + start);
    return line;
}

/* ---- Tests ---- */

START_TEST(the_tables_of_the_document_are_what_the_handlers_do)
{
    const char *missing;
    char *document = read_document(), *made = state_tables_put(document, &missing);

    ck_assert_msg(made != NULL, "EVENTS.md has no place for the table of %s", missing);
    ck_assert_msg(strcmp(document, made) == 0,
                  "EVENTS.md differs from what the handlers do; if they are right, make state-tables. They do\n%s",
                  first_difference(made, document));
    free(document);
    free(made);
}
END_TEST

/* The second time nothing changes, the timeline has a row only when something changed, and the money adds up. */
START_TEST(every_cause_comes_twice_without_harm)
{
    char *table, *complaints;
    size_t size;
    FILE *out = open_memstream(&table, &size), *wrong = open_memstream(&complaints, &size);
    int count = state_table_write((enum state_table)_i, out, wrong);

    fclose(out);
    fclose(wrong);
    ck_assert_msg(count == 0, "%s", complaints);
    free(table);
    free(complaints);
}
END_TEST

START_TEST(a_document_without_a_place_for_a_table_is_told_so)
{
    const char *missing = NULL;

    ck_assert_ptr_null(state_tables_put("# Events\n", &missing));
    ck_assert_str_eq(missing, state_table_name(TABLE_OF_ORDERS));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("states");
    TCase *tcase = tcase_create("states");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_tables_of_the_document_are_what_the_handlers_do);
    tcase_add_loop_test(tcase, every_cause_comes_twice_without_harm, 0, STATE_TABLES);
    tcase_add_test(tcase, a_document_without_a_place_for_a_table_is_told_so);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
