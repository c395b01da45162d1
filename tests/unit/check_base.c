/* Clock, memory, hash, ids, text, histograms, names of events. */
#include "../../common/base/clock.h"
#include "../../common/base/envelope.h"
#include "../../common/base/error.h"
#include "../../common/base/histogram.h"
#include "../../common/base/memory.h"
#include "../../common/base/murmur2.h"
#include "../../common/base/text.h"
#include "../../common/base/uuid.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

static struct arena arena;
static struct uuid_source source;

static void
set_up(void)
{
    arena_init(&arena);
    uuid_source_seeded(&source, 7);
}

static void
tear_down(void)
{
    arena_release(&arena);
}

/* ---- Helpers ---- */

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

static int64_t
ms_of(const char *uuid)
{
    char digits[13] = { 0 };

    memcpy(digits, uuid, 8);
    memcpy(digits + 8, uuid + 9, 4);
    return strtoll(digits, NULL, 16);
}

/* ---- Tests: clock ---- */

START_TEST(a_manual_clock_stands_until_it_is_moved)
{
    struct clock clock = clock_manual(1000);

    ck_assert_int_eq(clock_now_ms(&clock), 1000);
    ck_assert_int_eq(clock_now_ms(&clock), 1000);
    clock_advance(&clock, 5);
    ck_assert_int_eq(clock_now_ms(&clock), 1005);
    ck_assert_int_eq(clock_monotonic_us(&clock), 1005000);
}
END_TEST

START_TEST(the_real_clock_is_in_this_century_and_never_goes_back)
{
    struct clock clock = clock_real();
    int64_t before = clock_monotonic_us(&clock);

    ck_assert_int_gt(clock_now_ms(&clock), 1735689600000);      /* 2025 */
    ck_assert_int_lt(clock_now_ms(&clock), 4102444800000);      /* 2100 */
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_monotonic_us(&clock);

        ck_assert_int_ge(now, before);
        before = now;
    }
}
END_TEST

/* ---- Tests: memory ---- */

START_TEST(what_an_arena_gives_is_aligned_and_does_not_overlap)
{
    unsigned char *given[300];

    for (size_t i = 0; i < 300; i++) {
        given[i] = arena_alloc(&arena, i + 1);
        ck_assert_uint_eq((uintptr_t)given[i] % 16, 0);
        memset(given[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j <= i; j++)
            if (given[i][j] != (i & 0xff))
                ck_abort_msg("byte %zu of %zu was overwritten", j, i);
}
END_TEST

START_TEST(an_arena_takes_what_is_larger_than_a_block)
{
    char *large = arena_alloc(&arena, 1000000), *small = arena_alloc(&arena, 10);

    memset(large, 1, 1000000);
    memset(small, 2, 10);
    ck_assert_int_eq(large[999999], 1);
    arena_reset(&arena);
    memset(arena_alloc(&arena, 10000), 3, 10000);
}
END_TEST

START_TEST(an_arena_that_is_reset_gives_the_same_memory_again)
{
    void *first = arena_alloc(&arena, 100);

    arena_alloc(&arena, 100000);
    arena_reset(&arena);
    if (!MEMORY_IS_APART)
        ck_assert_ptr_eq(arena_alloc(&arena, 100), first);
}
END_TEST

START_TEST(an_arena_may_be_released_twice)
{
    struct arena other;

    arena_init(&other);
    arena_release(&other);
    arena_release(&other);
}
END_TEST

START_TEST(copies_end_with_a_nul_and_null_stays_null)
{
    ck_assert_ptr_null(arena_text(&arena, NULL));
    ck_assert_str_eq(arena_text(&arena, ""), "");
    ck_assert_str_eq(arena_text(&arena, "abc"), "abc");
    ck_assert_str_eq(arena_bytes(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(arena_bytes(&arena, NULL, 0), "");
    ck_assert_str_eq(arena_format(&arena, "%s-%d", "a", 7), "a-7");
    ck_assert_str_eq(arena_format(&arena, "%s", ""), "");
    ck_assert_uint_eq(strlen(arena_format(&arena, "%50000d", 1)), 50000);
}
END_TEST

START_TEST(an_error_is_new_memory_and_answers_minus_one)
{
    char *error = NULL;

    ck_assert_int_eq(error_set(&error, "%s is %d", "port", 70000), -1);
    ck_assert_str_eq(error, "port is 70000");
    free(error);
}
END_TEST

/* ---- Tests: murmur2 ---- */

START_TEST(murmur2_answers_what_javas_client_answers)
{
    /* org.apache.kafka.common.utils.UtilsTest.testMurmur2 */
    static const struct {
        const char *key;
        int32_t hash;
    } known[] = {
        { "21", -973932308 },
        { "foobar", -790332482 },
        { "a-little-bit-long-string", -985981536 },
        { "a-little-bit-longer-string", -1486304829 },
        { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
        { "abc", 479470107 },
    };

    for (int i = 0; i < ROWS(known); i++) {
        size_t size = strlen(known[i].key);

        ck_assert_int_eq((int32_t)murmur2(known[i].key, size), known[i].hash);
        ck_assert_int_eq(murmur2_partition(known[i].key, size, 12), (known[i].hash & 0x7fffffff) % 12);
    }
}
END_TEST

START_TEST(murmur2_reads_bytes_above_127_as_java_does)
{
    ck_assert_uint_ne(murmur2("\xff", 1), murmur2("\x7f", 1));
    ck_assert_uint_eq(murmur2(&"x\xff\xfe\xfd"[1], 3), murmur2("\xff\xfe\xfd", 3));      /* alignment does not matter */
}
END_TEST

/* ---- Tests: ids ---- */

START_TEST(an_id_has_the_shape_version_and_variant_of_a_uuid_v7)
{
    char id[UUID_TEXT];

    for (int i = 0; i < 10000; i++) {
        uuid_new(&source, 1767225600123 + i / 100, id);
        ck_assert(uuid_is_valid(id));
        ck_assert_int_eq(id[14], '7');
        ck_assert_ptr_nonnull(strchr("89ab", id[19]));
        ck_assert_int_eq(ms_of(id), 1767225600123 + i / 100);
    }
}
END_TEST

START_TEST(ids_ascend_within_a_millisecond_and_when_the_clock_goes_back)
{
    char before[UUID_TEXT] = "", id[UUID_TEXT];

    for (int i = 0; i < 20000; i++) {       /* more than the counter holds: it borrows from the next millisecond */
        uuid_new(&source, i < 10000 ? 5000 : 4000, id);
        ck_assert_str_gt(id, before);
        strcpy(before, id);
    }
    ck_assert_int_lt(ms_of(id), 5010);
    uuid_new(&source, 6000, id);
    ck_assert_str_gt(id, before);
    ck_assert_int_eq(ms_of(id), 6000);
}
END_TEST

START_TEST(ids_on_a_partition_ascend_too_and_hash_to_it)
{
    char before[UUID_TEXT] = "", id[UUID_TEXT];

    for (int i = 0; i < 1200; i++) {
        uuid_new_on_partition(&source, 5000, 12, i % 12, id);
        ck_assert(uuid_is_valid(id));
        ck_assert_int_eq(murmur2_partition(id, 36, 12), i % 12);
        ck_assert_str_gt(id, before);
        strcpy(before, id);
    }
}
END_TEST

START_TEST(one_seed_gives_the_same_ids_and_another_seed_others)
{
    struct uuid_source same, other;
    char a[UUID_TEXT], b[UUID_TEXT], d[UUID_TEXT];

    uuid_source_seeded(&same, 7);
    uuid_source_seeded(&other, 8);
    uuid_new(&source, 5000, a);
    uuid_new(&same, 5000, b);
    uuid_new(&other, 5000, d);
    ck_assert_str_eq(a, b);
    ck_assert_str_ne(a, d);
}
END_TEST

START_TEST(random_sources_differ)
{
    struct uuid_source one, two;

    uuid_source_random(&one);
    uuid_source_random(&two);
    ck_assert_uint_ne(uuid_source_next(&one), uuid_source_next(&two));
}
END_TEST

START_TEST(what_is_no_uuid_in_lower_case_is_not_valid)
{
    ck_assert(uuid_is_valid("01890a5d-ac96-774b-bcce-b302099a8057"));
    ck_assert(!uuid_is_valid("01890A5D-ac96-774b-bcce-b302099a8057"));
    ck_assert(!uuid_is_valid("01890a5d-ac96-774b-bcce-b302099a805"));
    ck_assert(!uuid_is_valid("01890a5d-ac96-774b-bcce-b302099a80577"));
    ck_assert(!uuid_is_valid("01890a5d0ac96-774b-bcce-b302099a8057"));
    ck_assert(!uuid_is_valid("01890a5d-ac96-774b-bcce-b302099a805g"));
    ck_assert(!uuid_is_valid("{1890a5d-ac96-774b-bcce-b302099a8057"));
    ck_assert(!uuid_is_valid(""));
}
END_TEST

/* ---- Tests: text ---- */

START_TEST(utf8_is_told_from_what_only_looks_like_it)
{
    /* Markus Kuhn's stress test in small: first and last of each length, and the neighbours that are none. */
    static const struct {
        const char *text;
        bool good;
    } sequences[] = {
        { "", true }, { "a", true }, { "\x7f", true }, { "\xc2\x80", true }, { "\xdf\xbf", true },
        { "\xe0\xa0\x80", true }, { "\xed\x9f\xbf", true }, { "\xee\x80\x80", true }, { "\xef\xbf\xbf", true },
        { "\xf0\x90\x80\x80", true }, { "\xf4\x8f\xbf\xbf", true }, { "a\xc3\xa9z", true },
        { "\x80", false }, { "\xbf", false }, { "a\x80", false },                   /* continuation alone */
        { "\xc0\x80", false }, { "\xc1\xbf", false }, { "\xe0\x9f\xbf", false },    /* overlong */
        { "\xf0\x8f\xbf\xbf", false }, { "\xe0\x80\xaf", false },
        { "\xed\xa0\x80", false }, { "\xed\xbf\xbf", false },                       /* surrogates */
        { "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false },               /* past U+10FFFF */
        { "\xf8\x88\x80\x80\x80", false }, { "\xfe", false }, { "\xff", false },
        { "\xc2", false }, { "\xe1\x80", false }, { "\xf1\x80\x80", false },        /* cut */
        { "\xc2z", false }, { "\xe1\x80z", false }, { "\xf1\x80\x80z", false }, { "\xc2\xc0", false },
    };

    for (int i = 0; i < ROWS(sequences); i++)
        ck_assert_msg(text_is_utf8(sequences[i].text, strlen(sequences[i].text)) == sequences[i].good, "row %d", i);
    ck_assert(text_is_utf8("a\0b", 3));
    ck_assert(text_is_utf8("12345678\xc3\xa9", 10));       /* ASCII is passed in eights */
    ck_assert(text_is_utf8("1234567\xc3\xa9" "12345678", 17));
    ck_assert(!text_is_utf8("1234567812345678\xff", 17));
    ck_assert(!text_is_utf8("123456\xc3" "123456789", 16));
    ck_assert(!text_is_utf8("\xc3\xa9", 1));
}
END_TEST

START_TEST(length_counts_characters_and_not_bytes)
{
    ck_assert_uint_eq(text_length(""), 0);
    ck_assert_uint_eq(text_length("abc"), 3);
    ck_assert_uint_eq(text_length("\xc3\xa9\xea\xb0\x80\xf0\x9f\x98\x80"), 3);
}
END_TEST

START_TEST(a_control_character_has_one_byte_or_two)
{
    ck_assert_uint_eq(text_control_size("\x1b[2J"), 1);
    ck_assert_uint_eq(text_control_size("\x7f"), 1);
    ck_assert_uint_eq(text_control_size("\xc2\x9b" "2J"), 2);
    ck_assert_uint_eq(text_control_size("\xc2\xa0"), 0);
    ck_assert_uint_eq(text_control_size("\xc2"), 0);
    ck_assert_uint_eq(text_control_size("\xc3\x9b"), 0);
    ck_assert_uint_eq(text_control_size(" "), 0);
}
END_TEST

START_TEST(a_currency_is_three_capital_letters)
{
    static const char *const bad[] = { "", "E", "EU", "EURO", "eur", "EuR", "E R", "EU1", "EU[", "@UR", "\xc3\x9cR" };

    ck_assert(text_is_currency_shaped("EUR") && text_is_currency_shaped("AAZ"));
    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_msg(!text_is_currency_shaped(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(a_number_is_digits_within_its_bounds)
{
    static const char *const bad[] = { "", "-", "+5", " 5", "5 ", "5x", "0x5", "1e3", "5.0", "--5", "101", "-11",
                                       "9223372036854775808", "99999999999999999999999" };
    int64_t number = 7;

    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_msg(text_parse_int(bad[i], -10, 100, &number) == -1 && number == 7, "%s", bad[i]);
    ck_assert(text_parse_int("100", -10, 100, &number) == 0 && number == 100);
    ck_assert(text_parse_int("-10", -10, 100, &number) == 0 && number == -10);
    ck_assert(text_parse_int("007", 0, 100, &number) == 0 && number == 7);
    ck_assert(text_parse_int("9223372036854775807", 0, INT64_MAX, &number) == 0 && number == INT64_MAX);
}
END_TEST

/* ---- Tests: histogram ---- */

START_TEST(a_value_falls_into_the_bucket_whose_bound_it_does_not_exceed)
{
    struct histogram histogram = { 0 };

    histogram_add(&histogram, histogram_sizes, 0);
    histogram_add(&histogram, histogram_sizes, 1);
    histogram_add(&histogram, histogram_sizes, 2);
    histogram_add(&histogram, histogram_sizes, 3);
    histogram_add(&histogram, histogram_sizes, 32768);
    histogram_add(&histogram, histogram_sizes, 32769);
    ck_assert_uint_eq(histogram.count[0], 2);
    ck_assert_uint_eq(histogram.count[1], 1);
    ck_assert_uint_eq(histogram.count[2], 1);
    ck_assert_uint_eq(histogram.count[HISTOGRAM_BUCKETS - 1], 1);
    ck_assert_uint_eq(histogram.count[HISTOGRAM_BUCKETS], 1);
    ck_assert_uint_eq(histogram.total, 6);
    ck_assert_int_eq(histogram.sum, 65543);
}
END_TEST

START_TEST(bounds_ascend)
{
    for (int i = 1; i < HISTOGRAM_BUCKETS; i++) {
        ck_assert_int_gt(histogram_times_us[i], histogram_times_us[i - 1]);
        ck_assert_int_gt(histogram_sizes[i], histogram_sizes[i - 1]);
    }
}
END_TEST

/* ---- Tests: envelopes ---- */

START_TEST(names_of_events_and_topics_go_there_and_back)
{
    enum topic topic;

    for (int type = NO_TYPE + 1; type < ENVELOPE_TYPES; type++) {
        const char *name = envelope_type_name((enum envelope_type)type);

        ck_assert_int_eq(envelope_type_parse(name), type);
        ck_assert_int_lt(envelope_topic((enum envelope_type)type), TOPICS);
        /* orders says order.…, payments payment.…, notifications notification.… */
        ck_assert_int_eq(strncmp(name, topic_name(envelope_topic((enum envelope_type)type)), strcspn(name, ".")), 0);
    }
    for (int i = 0; i < TOPICS; i++)
        ck_assert(topic_parse(topic_name((enum topic)i), &topic) == 0 && (int)topic == i);
    ck_assert_int_eq(topic_parse("order", &topic), -1);
    ck_assert_int_eq(envelope_type_parse("order.eaten"), NO_TYPE);
    ck_assert_int_eq(envelope_type_parse(""), NO_TYPE);
}
END_TEST

START_TEST(an_answer_carries_the_cause_its_time_and_its_trace)
{
    struct envelope in = { .id = "request:1", .received_at = 99, .time = 5, .traceparent = "00-a-b-01" };
    struct envelope out = envelope_answer(&in, PAYMENT_VOIDED, "order", 3, "{}");

    ck_assert_int_eq(out.type, PAYMENT_VOIDED);
    ck_assert_int_eq(out.topic, PAYMENTS);
    ck_assert_str_eq(out.subject, "order");
    ck_assert_str_eq(out.causation, "request:1");
    ck_assert_str_eq(out.traceparent, "00-a-b-01");
    ck_assert_int_eq(out.time, 99);
    ck_assert_int_eq(out.sequence, 3);
    ck_assert_uint_eq(out.data_size, 2);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base");
    TCase *tcase = tcase_create("base");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_manual_clock_stands_until_it_is_moved);
    tcase_add_test(tcase, the_real_clock_is_in_this_century_and_never_goes_back);
    tcase_add_test(tcase, what_an_arena_gives_is_aligned_and_does_not_overlap);
    tcase_add_test(tcase, an_arena_takes_what_is_larger_than_a_block);
    tcase_add_test(tcase, an_arena_that_is_reset_gives_the_same_memory_again);
    tcase_add_test(tcase, an_arena_may_be_released_twice);
    tcase_add_test(tcase, copies_end_with_a_nul_and_null_stays_null);
    tcase_add_test(tcase, an_error_is_new_memory_and_answers_minus_one);
    tcase_add_test(tcase, murmur2_answers_what_javas_client_answers);
    tcase_add_test(tcase, murmur2_reads_bytes_above_127_as_java_does);
    tcase_add_test(tcase, an_id_has_the_shape_version_and_variant_of_a_uuid_v7);
    tcase_add_test(tcase, ids_ascend_within_a_millisecond_and_when_the_clock_goes_back);
    tcase_add_test(tcase, ids_on_a_partition_ascend_too_and_hash_to_it);
    tcase_add_test(tcase, one_seed_gives_the_same_ids_and_another_seed_others);
    tcase_add_test(tcase, random_sources_differ);
    tcase_add_test(tcase, what_is_no_uuid_in_lower_case_is_not_valid);
    tcase_add_test(tcase, utf8_is_told_from_what_only_looks_like_it);
    tcase_add_test(tcase, length_counts_characters_and_not_bytes);
    tcase_add_test(tcase, a_control_character_has_one_byte_or_two);
    tcase_add_test(tcase, a_currency_is_three_capital_letters);
    tcase_add_test(tcase, a_number_is_digits_within_its_bounds);
    tcase_add_test(tcase, a_value_falls_into_the_bucket_whose_bound_it_does_not_exceed);
    tcase_add_test(tcase, bounds_ascend);
    tcase_add_test(tcase, names_of_events_and_topics_go_there_and_back);
    tcase_add_test(tcase, an_answer_carries_the_cause_its_time_and_its_trace);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
