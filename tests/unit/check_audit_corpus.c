/* Every kind of loss, doubling and invention that is planted is found, by the check that is there for it. What is planted
 * stands in tests/audit/corpus: a file for each check, for each plant a line "-- order|payment|notify: WHAT" and SQL that
 * changes that database. tests/e2e/45-audit.sh plants the same in a set that has run on a broker. */
#include "audited.h"

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY "01890a5d-ac96-774b-bcce-b302099a8057"

enum { PLANTS = 200 };

struct plant {
    char *check;                /* that has to find it */
    enum audited in;
    char *what, *sql;
};

/* ---- Fixture: the corpus, read before the tests are made ---- */

static const char corpus[] = "tests/audit/corpus";
static struct plant plants[PLANTS];
static int plant_count;

static bool
begins_plant(const char *line, struct plant *plant)
{
    static const char *const begins[AUDITED] = { "-- order: ", "-- payment: ", "-- notify: " };

    for (int i = 0; i < AUDITED; i++)
        if (strncmp(line, begins[i], strlen(begins[i])) == 0) {
            plant->in = (enum audited)i;
            plant->what = memory_copy_text(line + strlen(begins[i]));
            return true;
        }
    return false;
}

static void
append(char **text, const char *line)
{
    size_t size = *text == NULL ? 0 : strlen(*text);

    *text = memory_resize(*text, size + strlen(line) + 1, 1);
    strcpy(*text + size, line);
}

static void
read_plants(const char *name)
{
    char path[300], *line = NULL;
    size_t size = 0;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", corpus, name);
    file = fopen(path, "r");
    while (getline(&line, &size, file) >= 0)
        if (begins_plant(line, &plants[plant_count]))
            plants[plant_count++].check = strndup(name, strlen(name) - strlen(".sql"));
        else
            append(&plants[plant_count - 1].sql, line);
    free(line);
    fclose(file);
}

static int
is_sql(const struct dirent *entry)
{
    return strstr(entry->d_name, ".sql") != NULL;
}

static void
read_corpus(void)
{
    struct dirent **entries;
    int count = scandir(corpus, &entries, is_sql, alphasort);

    for (int i = 0; i < count; i++) {
        read_plants(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void
forget_corpus(void)
{
    for (int i = 0; i < plant_count; i++) {
        free(plants[i].check);
        free(plants[i].what);
        free(plants[i].sql);
    }
}

/* ---- What a driver is told by mistake ---- */

static const struct lie {
    const char *check;
    const char *line;           /* %s is the order that key-1 made */
    const char *sql;            /* of order-svc's database; NULL for none */
} lies[] = {
    { "acknowledged", "acknowledged " NOBODY " - happy", NULL },
    { "one-per-key", "acknowledged %s key-7 happy", NULL },
    { "one-per-key", "acknowledged " NOBODY " key-1 happy", NULL },
    { "refused", "refused - key-8 happy", "UPDATE idempotency_key SET key = 'key-3'" },
    { "refused", "refused " NOBODY " - happy",
      "UPDATE orders SET order_id = '" NOBODY "' WHERE order_id = (SELECT order_id FROM orders WHERE status = 'REJECTED')" },
};

enum { LIES = sizeof(lies) / sizeof(lies[0]) };

/* ---- Tests ---- */

static void
expect_found(char paths[AUDITED][128], const char *check, const char *what, const char *lines)
{
    struct answer answer;

    audited_audit(paths, QUIET | EVENTS | HISTORY | RECORDS, lines, &answer);
    ck_assert_msg(audited_finding(&answer, check)->error[0] == '\0', "%s", answer.text);
    ck_assert_msg(audited_finding(&answer, check)->violations > 0, "%s does not find: %s\n%s", check, what, answer.text);
    ck_assert_ptr_nonnull(strstr(answer.text, "AUDIT FAILED violations="));
    audited_release(&answer);
}

START_TEST(what_is_planted_is_found)
{
    const struct plant *plant = &plants[_i];
    char paths[AUDITED][128], prefix[16];

    snprintf(prefix, sizeof(prefix), "planted%d", _i);
    audited_copy(paths, prefix);
    audited_change(paths[plant->in], plant->sql);
    expect_found(paths, plant->check, plant->what, audited.history);
}
END_TEST

START_TEST(what_a_driver_was_told_is_held_against_the_services)
{
    const struct lie *lie = &lies[_i];
    char paths[AUDITED][128], lines[160], prefix[16], text[512], line[128];

    snprintf(prefix, sizeof(prefix), "told%d", _i);
    audited_copy(paths, prefix);
    if (lie->sql != NULL)
        audited_change(paths[AUDIT_ORDER], lie->sql);
    snprintf(line, sizeof(line), lie->line, audited.keyed);
    snprintf(lines, sizeof(lines), "%s/%s.history", audited.folder, prefix);
    snprintf(text, sizeof(text), "acknowledged %s key-1 happy\nrefused - key-3 happy\n%s\n", audited.keyed, line);
    audited_write(lines, text);
    expect_found(paths, lie->check, line, lines);
}
END_TEST

static bool
is_planted(const char *check)
{
    for (int i = 0; i < plant_count; i++)
        if (strcmp(plants[i].check, check) == 0)
            return true;
    for (int i = 0; i < LIES; i++)
        if (strcmp(lies[i].check, check) == 0)
            return true;
    return false;
}

static bool
is_a_check(const char *name)
{
    const struct check *check;

    for (int i = 0; (check = checks_get(i)) != NULL; i++)
        if (strcmp(check->name, name) == 0)
            return true;
    return false;
}

START_TEST(every_check_has_something_planted_for_it_and_nothing_else_is)
{
    const struct check *check;

    for (int i = 0; (check = checks_get(i)) != NULL; i++)
        ck_assert_msg(is_planted(check->name), "nothing is planted that %s has to find", check->name);
    for (int i = 0; i < plant_count; i++)
        ck_assert_msg(is_a_check(plants[i].check), "there is no check %s", plants[i].check);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("audit: corpus");
    TCase *tcase = tcase_create("audit: corpus");
    SRunner *runner = srunner_create(suite);
    int failed;

    read_corpus();
    tcase_add_unchecked_fixture(tcase, audited_set_up, audited_tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, what_is_planted_is_found, 0, plant_count);
    tcase_add_loop_test(tcase, what_a_driver_was_told_is_held_against_the_services, 0, LIES);
    tcase_add_test(tcase, every_check_has_something_planted_for_it_and_nothing_else_is);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    forget_corpus();
    return failed != 0;
}
