/* JSON from outside: the tree that is read of a text, and times. */
#include "../../common/base/memory.h"
#include "../../common/base/when.h"
#include "../../common/store/db.h"
#include "../../common/store/json.h"
#include "../../common/store/json_tree.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

/* ---- Fixture ---- */

static struct db *db;

static void
set_up(void)
{
    char *error;

    db = db_open(":memory:", NULL, &error);
    ck_assert_ptr_nonnull(db);
}

static void
tear_down(void)
{
    ck_assert_int_eq(db_failure(db), DB_FINE);
    db_close(db);
}

/* ---- Helpers ---- */

/* Types, keys and whole numbers, as they hang together. */
static void
write_node(FILE *out, const struct json_node *node, bool is_member)
{
    static const char letters[] = "nb#s[{";

    if (is_member)
        fprintf(out, "%s:", node->key);
    fputc(letters[node->type], out);
    if (node->is_whole)
        fprintf(out, "%lld", (long long)node->number);
    for (const struct json_node *child = node->first; child != NULL; child = child->next)
        write_node(out, child, node->type == JSON_IS_OBJECT);
    if (node->type == JSON_IS_ARRAY || node->type == JSON_IS_OBJECT)
        fprintf(out, "%lld%c", (long long)node->count, letters[node->type] + 2);
}

static void
expect(const struct json_node *root, const char *wanted)
{
    char seen[4096] = "";
    FILE *out = fmemopen(seen, sizeof(seen), "w");

    if (root != NULL)
        write_node(out, root, false);
    fclose(out);
    ck_assert_str_eq(seen, wanted);
    db_end_cause(db);
}

/* ---- Tests ---- */

START_TEST(a_tree_has_everything_in_its_place)
{
    expect(json_tree(db, "{\"a\":1,\"b\":[true,null,\"x\",2.5],\"c\":{\"d\":{\"e\":[[7]]}},\"f\":-3}"),
           "{a:#1b:[bns#4]c:{d:{e:[[#71]1]1}1}f:#-34}");
    expect(json_tree(db, "[]"), "[0]");
    expect(json_tree(db, "{}"), "{0}");
    expect(json_tree(db, "5"), "#5");
    expect(json_tree(db, "\"x\""), "s");
}
END_TEST

START_TEST(what_is_empty_takes_nothing_that_stands_behind_it)
{
    expect(json_tree(db, "[[],[],1]"), "[[0][0]#13]");
    expect(json_tree(db, "{\"a\":{},\"b\":1}"), "{a:{0}b:#12}");
    expect(json_tree(db, "[[[[]]],[{}],[[],[1]]]"), "[[[[0]1]1][{0}1][[0][#11]2]3]");
    expect(json_tree(db, "{\"a\":{\"b\":{\"c\":[]}},\"d\":[{},{\"e\":[]}],\"f\":1}"),
           "{a:{b:{c:[0]1}1}d:[{0}{e:[0]1}2]f:#13}");
}
END_TEST

START_TEST(numbers_are_whole_only_if_they_fit_and_are_written_so)
{
    expect(json_tree(db, "[1,1.0,1e3,-0,9223372036854775807,9223372036854775808,true]"),
           "[#1###0#9223372036854775807#b7]");
}
END_TEST

START_TEST(what_is_no_json_has_no_tree)
{
    static const char *const bad[] = { "", " ", "{", "[1,]", "{'a':1}", "nul", "1 2", "\"\x01\"" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(json_tree(db, bad[i]), "");
        expect(json_members(db, bad[i]), "");
    }
}
END_TEST

START_TEST(members_are_those_of_an_object_only)
{
    expect(json_members(db, "{\"a\":1,\"b\":[1,2],\"c\":{\"d\":1},\"a\":\"x\"}"), "{a:#1b:[0]c:{0}a:s4}");
    expect(json_members(db, "{}"), "{0}");
    expect(json_members(db, "[]"), "");
    expect(json_members(db, "[{\"a\":1}]"), "");
    expect(json_members(db, "null"), "");
    expect(json_members(db, "\"{}\""), "");
}
END_TEST

START_TEST(deep_nesting_is_read_or_refused)
{
    enum { DEPTH = 900 };
    char text[2 * DEPTH + 1];

    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    text[2 * DEPTH] = '\0';
    ck_assert_ptr_nonnull(json_tree(db, text));
    text[2 * DEPTH - 1] = ' ';
    ck_assert_ptr_null(json_tree(db, text));
}
END_TEST

/* Beside an optional field of another kind the rule goes the long way. */
static void
expect_same(const char *json, enum json_kind kind)
{
    const struct json_rule alone[] = { { "kind", kind, 1, 5, false }, { .name = NULL } };
    const struct json_rule among[] = {
        { "kind", kind, 1, 5, false }, { "nobody's", JSON_INTEGER, 0, 1, true }, { .name = NULL }
    };
    struct json_value one[JSON_RULES], other[JSON_RULES];
    struct json_mistake first = { NULL, "" }, second = { NULL, "" };

    ck_assert_msg(json_read(db, json, alone, one, &first) == json_read(db, json, among, other, &second), "%s", json);
    ck_assert_str_eq(first.detail, second.detail);
    ck_assert_pstr_eq(first.field, second.field);
    if (*first.detail == '\0')
        ck_assert_pstr_eq(one[0].text, other[0].text);
    db_end_cause(db);
}

START_TEST(a_single_field_is_judged_as_one_among_others)
{
    static const char *const texts[] = {
        "{\"kind\":\"paid\"}", "{\"a\":[1],\"kind\":\"paid\",\"b\":{}}", "{\"kind\":\"too long\"}", "{\"kind\":\"\"}",
        "{\"kind\":\"a b\"}", "{\"kind\":\"EUR\"}", "{\"kind\":null}", "{\"kind\":5}", "{\"kind\":true}", "{\"kind\":[]}",
        "{\"kind\":{\"kind\":\"x\"}}", "{\"kind\":\"a\",\"kind\":\"b\"}", "{\"kind\":\"kind\"}", "{\"a\":\"kind\"}",
        "{\"a\":{\"kind\":\"b\"}}", "{\"a\":{\"kind\":\"b\"},\"kind\":\"c\"}", "{\"k\\u0069nd\":\"a\"}",
        "{\"k\\u0069nd\":\"a\",\"kind\":\"b\"}", "{\"kind\":\"\\u0041\"}", "{\"kind\":\"\\ud800\"}", "{\"kind\":\"\\u0000\"}",
        "{\"kind\" : \"a\" }", "{}", "[]", "[{\"kind\":\"a\"}]", "\"kind\"", "7", "", "{\"kind\":\"a\"", "{\"kind\":\"a\"}x",
        "{\"kind\":'a'}", "{kind:\"kind\"}", "{\"kind\":\"\xc3\xa4\"}", "{\"kind\":\"0123456789\",\"b\":1e3}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (int kind = JSON_TEXT; kind <= JSON_ARRAY; kind++)
            expect_same(texts[i], (enum json_kind)kind);
}
END_TEST

START_TEST(times_are_read_as_sqlite_reads_them)
{
    static const char *const good[] = { "2026-01-31T12:00:00.000Z", "1970-01-01T00:00:00.001Z", "2024-02-29T23:59:59.999Z",
                                        "2025-02-30T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "9998-12-31T24:00:00.000Z" };
    static const char *const bad[] = { "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-32T00:00:00.000Z",
                                       "2026-01-01T25:00:00.000Z", "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z",
                                       "2026-01-01 00:00:00.000Z", "2026-01-01T00:00:00.00Z",  "2026-01-01T00:00:00.000",
                                       "2026-01-01T00:00:00.000Zx", "-026-01-01T00:00:00.000Z", "" };
    static const char sql[] = "SELECT CAST(round((julianday(:text) - 2440587.5) * 86400000.0) AS INTEGER)";
    int64_t ms;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_msg(when_parse_utc(good[i], &ms) == 0, "%s", good[i]);
        ck_assert_int_eq(ms, db_number(db, sql, FIELDS(TEXT("text", good[i])), 0));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(when_parse_utc(bad[i], &ms) != 0, "%s", bad[i]);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_tree_has_everything_in_its_place);
    tcase_add_test(tcase, what_is_empty_takes_nothing_that_stands_behind_it);
    tcase_add_test(tcase, numbers_are_whole_only_if_they_fit_and_are_written_so);
    tcase_add_test(tcase, what_is_no_json_has_no_tree);
    tcase_add_test(tcase, members_are_those_of_an_object_only);
    tcase_add_test(tcase, deep_nesting_is_read_or_refused);
    tcase_add_test(tcase, a_single_field_is_judged_as_one_among_others);
    tcase_add_test(tcase, times_are_read_as_sqlite_reads_them);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
