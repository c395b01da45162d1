/* Records as bytes, dead letters on their way out and back, and what is parked in the outbox. */
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/meta.h"
#include "../../common/store/outbox.h"
#include "../../common/store/parked.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

extern const char payment_schema[];

/* ---- Fixture ---- */

static const struct meta ours = { "payment-svc", 0, 1, 12, "" };
static const char id[] = "019a0000-0000-7000-8000-000000000001";

static struct log log_;
static struct uuid_source ids;
static struct db *db;
static struct arena arena;

static void
set_up(void)
{
    char *error = NULL;

    log_ = (struct log){ .fd = -1 };
    db = db_open(":memory:", &log_, &error);
    ck_assert_ptr_nonnull(db);
    ck_assert_int_eq(meta_open(db, &ours, payment_schema, &error), 0);
    uuid_source_seeded(&ids, 1);
    *db_context(db) = (struct db_context){ .ids = &ids, .source = "/payment-svc", .shard = { 0, 1, 12 },
                                           .may_emit = ~0u };
    arena_init(&arena);
}

static void
tear_down(void)
{
    arena_release(&arena);
    db_close(db);
}

/* ---- Helpers ---- */

static const struct record_header headers[] = {
    { "ce_id", id, sizeof(id) - 1 },      { "ce_type", "order.created", 13 }, { "bytes", "\x00\xff\n", 3 },
    { "nothing", NULL, 0 },               { "empty", "", 0 },                 { "bytes", "twice", 5 },
};

static struct record
some_record(void)
{
    return (struct record){ .topic = ORDERS, .partition = 3, .offset = 7, .timestamp = 1234, .key = "k\0y",
                            .key_size = 3, .value = "\xff\0{", .value_size = 3, .headers = headers,
                            .header_count = 6 };
}

static struct dead_letter
some_letter(void)
{
    return (struct dead_letter){ .record = some_record(), .reason = "malformed_order", .message = "why",
                                 .group = "test.payment-svc", .original_topic = "test.orders",
                                 .cluster = "c1", .received_at = 99 };
}

static void
assert_same_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    ck_assert_uint_eq(a_size, b_size);
    ck_assert_int_eq(a == NULL, b == NULL);
    ck_assert(a == NULL || memcmp(a, b, a_size) == 0);
}

static void
assert_same(const struct record *a, const struct record *b)
{
    assert_same_bytes(a->key, a->key_size, b->key, b->key_size);
    assert_same_bytes(a->value, a->value_size, b->value, b->value_size);
    ck_assert_int_eq(a->header_count, b->header_count);
    for (int i = 0; i < a->header_count; i++) {
        ck_assert_str_eq(a->headers[i].name, b->headers[i].name);
        assert_same_bytes(a->headers[i].value, a->headers[i].size, b->headers[i].value, b->headers[i].size);
    }
}

static void
say(enum envelope_type type, const char *subject)
{
    struct envelope in = { .id = "request:1", .received_at = 5 };

    outbox_add(db, envelope_answer(&in, type, subject, 1, "{}"));
}

/* "1 3 4": the seqs of a query. */
static const char *
seqs(const char *sql)
{
    struct rows *rows = db_select(db, sql, NULL);
    const char *text = "";

    while (rows_next(rows))
        text = arena_format(&arena, "%s%s%lld", text, *text == '\0' ? "" : " ", (long long)rows_int(rows, 0));
    return text;
}

static const char in_outbox[] = "SELECT seq FROM outbox ORDER BY seq";
static const char parked_rows[] = "SELECT seq FROM outbox_parked WHERE state = 'PARKED' ORDER BY seq";
static const char waiting_rows[] = "SELECT seq FROM outbox_parked WHERE state = 'WAITING' ORDER BY seq";
static const char topic_rows[] = "SELECT seq FROM outbox_parked WHERE state = 'WAITING_TOPIC' ORDER BY seq";

/* ---- Tests ---- */

START_TEST(a_record_survives_packing_byte_for_byte)
{
    struct record record = some_record(), empty = { .topic = ORDERS }, again;
    size_t size;
    const char *bytes = record_pack(&record, &arena, &size);

    ck_assert_int_eq(record_unpack(bytes, size, &arena, &again), 0);
    assert_same(&record, &again);
    for (size_t cut = 0; cut < size; cut++)     /* cut anywhere it is no record, or one with fewer headers */
        if (record_unpack(bytes, cut, &arena, &again) == 0)
            ck_assert_int_lt(again.header_count, record.header_count);
    bytes = record_pack(&empty, &arena, &size);
    ck_assert_int_eq(record_unpack(bytes, size, &arena, &again), 0);
    assert_same(&empty, &again);
}
END_TEST

START_TEST(a_dead_letter_comes_back_as_it_went_and_only_to_its_group)
{
    struct dead_letter letter = some_letter(), back;
    struct record record = dead_letter_record(&letter, &arena);
    int64_t number;

    ck_assert_int_eq(record_number(&record, "kafka_dlt-original-partition", 4, &number), 0);
    ck_assert_int_eq(number, 3);
    ck_assert_int_eq(record_number(&record, "kafka_dlt-original-offset", 8, &number), 0);
    ck_assert_int_eq(number, 7);
    ck_assert_str_eq(record_text(&record, "kafka_dlt-exception-fqcn"), "malformed_order");
    record.topic = ORDERS_DLT;
    ck_assert(!dead_letter_read(&record, "test.notify-svc", &arena, &back));
    ck_assert(dead_letter_read(&record, "test.payment-svc", &arena, &back));
    assert_same(&letter.record, &back.record);
    ck_assert_int_eq(back.record.topic, ORDERS);
    ck_assert_int_eq(back.record.partition, 3);
    ck_assert_int_eq(back.record.offset, 7);
    ck_assert_int_eq(back.record.timestamp, 1234);
    ck_assert_int_eq(back.received_at, 99);
    ck_assert_str_eq(back.reason, "malformed_order");
    ck_assert_str_eq(back.message, "why");
    record = some_record();
    ck_assert(!dead_letter_read(&record, "test.payment-svc", &arena, &back));
}
END_TEST

START_TEST(a_dead_letter_is_kept_once_by_its_event_or_by_its_place)
{
    struct dead_letter letter = some_letter();
    struct kept_letter kept;

    dead_letter_keep(db, &letter);
    letter.record.offset = 8;                              /* sent twice by its producer */
    dead_letter_keep(db, &letter);
    ck_assert_int_eq(dead_letter_count_open(db), 1);
    ck_assert(dead_letter_load(db, 1, &kept));
    ck_assert(kept.open && kept.has_headers);
    letter.record.offset = 7;
    assert_same(&letter.record, &kept.record);
    letter.record.headers = NULL;
    letter.record.header_count = 0;
    letter.record.key = letter.record.value = NULL;
    letter.record.key_size = letter.record.value_size = 0;
    dead_letter_keep(db, &letter);
    dead_letter_keep(db, &letter);
    ck_assert_int_eq(dead_letter_count_open(db), 2);
    letter.cluster = "c2";
    dead_letter_keep(db, &letter);
    ck_assert_int_eq(dead_letter_count_open(db), 3);
    ck_assert(dead_letter_close(db, 3, "DONE"));
    ck_assert(!dead_letter_close(db, 3, "DISCARDED"));
    ck_assert_int_eq(dead_letter_count_open(db), 2);
    ck_assert_int_eq(db_failure(db), DB_FINE);
}
END_TEST

START_TEST(a_parked_row_is_never_overtaken_by_its_key_and_comes_back_in_order)
{
    say(PAYMENT_COMPLETED, "a");
    say(PAYMENT_COMPLETED, "b");
    say(PAYMENT_REFUNDED, "a");
    ck_assert(parked_add(db, 1, "MSG_SIZE_TOO_LARGE", 9));
    ck_assert(!parked_add(db, 1, "MSG_SIZE_TOO_LARGE", 9));
    ck_assert_str_eq(seqs(in_outbox), "2");
    ck_assert_str_eq(seqs(parked_rows), "1");
    ck_assert_str_eq(seqs(waiting_rows), "3");
    say(PAYMENT_VOIDED, "a");
    say(PAYMENT_VOIDED, "b");
    parked_keep_behind(db, 3, 9);
    ck_assert_str_eq(seqs(in_outbox), "2 5");
    ck_assert_str_eq(seqs(waiting_rows), "3 4");
    ck_assert_int_eq(parked_count(db), 3);
    ck_assert(!parked_retry(db, 3));
    ck_assert(parked_retry(db, 1));
    ck_assert_str_eq(seqs("SELECT seq FROM outbox WHERE subject = 'a' ORDER BY seq"), "6 7 8");
    ck_assert_str_eq(db_text(db, "SELECT group_concat(type) FROM (SELECT type FROM outbox WHERE subject = 'a' ORDER BY seq)",
                             NULL), "payment.completed,payment.refunded,payment.voided");
    ck_assert_int_eq(parked_count(db), 0);
    ck_assert_int_eq(db_failure(db), DB_FINE);
}
END_TEST

/* After a rewind the rows before the parked one are said again. */
START_TEST(rows_before_a_parked_one_of_their_key_stay)
{
    say(PAYMENT_COMPLETED, "a");
    say(PAYMENT_REFUNDED, "a");
    ck_assert(parked_add(db, 2, "MSG_SIZE_TOO_LARGE", 9));
    parked_keep_behind(db, 0, 9);
    ck_assert_str_eq(seqs(in_outbox), "1");
}
END_TEST

START_TEST(a_skipped_row_stays_behind_and_its_key_goes_on)
{
    say(PAYMENT_COMPLETED, "a");
    say(PAYMENT_REFUNDED, "a");
    ck_assert(parked_add(db, 1, "INVALID_RECORD", 9));
    ck_assert(parked_skip(db, 1, 10));
    ck_assert_str_eq(seqs(in_outbox), "3");
    ck_assert_int_eq(parked_count_state(db, "SKIPPED"), 1);
    ck_assert_int_eq(parked_count(db), 0);
}
END_TEST

START_TEST(a_topic_that_takes_nothing_holds_up_its_own_rows_only)
{
    say(PAYMENT_COMPLETED, "a");
    outbox_add_dead_letter(db, ORDERS_DLT, 3, "orders/3/7", "x", 1, 5);
    outbox_add_dead_letter(db, PAYMENTS_DLT, 3, "payments/3/7", "x", 1, 5);
    parked_topic(db, ORDERS_DLT, 0, "TOPIC_AUTHORIZATION_FAILED", 9);
    ck_assert_str_eq(seqs(in_outbox), "1 3");
    outbox_add_dead_letter(db, ORDERS_DLT, 3, "orders/3/8", "x", 1, 5);
    say(PAYMENT_COMPLETED, "b");
    parked_keep_behind(db, 3, 9);
    ck_assert_str_eq(seqs(in_outbox), "1 3 5");
    ck_assert_str_eq(seqs(topic_rows), "2 4");
    ck_assert_int_eq(parked_topic_return(db, ORDERS_DLT), 2);
    ck_assert_str_eq(seqs(in_outbox), "1 3 5 6 7");
    parked_topic(db, PAYMENTS, 0, "TOPIC_AUTHORIZATION_FAILED", 9);
    ck_assert_str_eq(seqs(topic_rows), "1 5");
    ck_assert_int_eq(parked_topic_return(db, PAYMENTS), 2);
    ck_assert_int_eq(parked_count(db), 0);
    ck_assert_int_eq(db_failure(db), DB_FINE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("dead_letter");
    TCase *tcase = tcase_create("dead_letter");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_record_survives_packing_byte_for_byte);
    tcase_add_test(tcase, a_dead_letter_comes_back_as_it_went_and_only_to_its_group);
    tcase_add_test(tcase, a_dead_letter_is_kept_once_by_its_event_or_by_its_place);
    tcase_add_test(tcase, a_parked_row_is_never_overtaken_by_its_key_and_comes_back_in_order);
    tcase_add_test(tcase, rows_before_a_parked_one_of_their_key_stay);
    tcase_add_test(tcase, a_skipped_row_stays_behind_and_its_key_goes_on);
    tcase_add_test(tcase, a_topic_that_takes_nothing_holds_up_its_own_rows_only);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
