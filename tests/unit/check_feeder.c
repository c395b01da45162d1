/* Who listens to the orders' events: what they are shown, above streams that are texts. */
#include "../../common/feeder.h"

#include "../../common/http/server.h"
#include "../../common/http/stream.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "choreography.h"

#include <check.h>
#include <event2/event.h>
#include <string.h>

/* ---- common/http/stream.h: what the one reader has been sent ---- */

static char shown[10000];

bool
stream_begin(struct exchange *exchange)
{
    (void)exchange;
    return true;
}

int64_t
stream_waiting(const struct exchange *exchange)
{
    (void)exchange;
    return 0;
}

void
stream_send(struct exchange *exchange, const char *bytes, size_t size)
{
    (void)exchange;
    ck_assert_uint_lt(strlen(shown) + size, sizeof(shown));
    strncat(shown, bytes, size);
}

void
stream_end(struct exchange *exchange)
{
    (void)exchange;
}

void
stream_cut(struct exchange *exchange)
{
    (void)exchange;
}

/* ---- Fixture ---- */

enum { COMMENT_MS = 1000000 };

static struct choreography c;
static struct event_base *base;
static struct feeder *feeder;
static struct exchange reader;

static void
set_up(void)
{
    struct core *core = &c.cores[ORDER_SVC];

    choreography_open(&c);
    base = event_base_new();
    feeder = feeder_new(base, core, &c.clock, COMMENT_MS);
    group_listen(core->group, (struct group_listener){ NULL, feeder_after_commit, feeder });
    reader = (struct exchange){ .request = { .method = "GET", .path = "/orders/events" } };
    shown[0] = '\0';
}

static void
tear_down(void)
{
    feeder_stop(feeder);
    feeder_free(feeder);
    event_base_free(base);
    choreography_close(&c);
}

/* ---- Helpers ---- */

/* Time enough for a tick, and for all pages that it may cause. */
static void
wait(void)
{
    feeder_tick(feeder);
    for (int i = 0; i < 10; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
}

/* A row in an open turn. */
static void
note(const char *order_id)
{
    struct core *core = &c.cores[ORDER_SVC];

    group_cause_begin(core->group);
    db_run(core->db, "INSERT INTO order_history (order_id, at, what, status, cause)"
           " VALUES (:order_id, 0, 'request', 'CREATED', 'request:test')", FIELDS(TEXT("order_id", order_id)));
    group_cause_end(core->group, true);
}

/* ---- Tests ---- */

START_TEST(nothing_is_shown_before_its_commit)
{
    ck_assert(feeder_take(feeder, &reader));
    note("the-first");
    wait();
    ck_assert_ptr_null(strstr(shown, "the-first"));
    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    wait();
    ck_assert_ptr_nonnull(strstr(shown, "id: 1\ndata: {"));
    ck_assert_ptr_nonnull(strstr(shown, "the-first"));
}
END_TEST

START_TEST(what_was_undone_is_never_shown_and_its_number_is_used_for_the_next)
{
    ck_assert(feeder_take(feeder, &reader));
    note("undone");
    wait();
    group_abort(c.cores[ORDER_SVC].group);
    note("kept");
    wait();
    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    wait();
    ck_assert_ptr_null(strstr(shown, "undone"));
    ck_assert_ptr_nonnull(strstr(shown, "kept"));
}
END_TEST

START_TEST(who_comes_during_a_turn_begins_behind_it)
{
    note("before");
    ck_assert(feeder_take(feeder, &reader));
    wait();
    ck_assert_ptr_null(strstr(shown, "id:"));
    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    wait();
    ck_assert_ptr_nonnull(strstr(shown, "retry: 1000\nid: 1\n\n"));
    ck_assert_ptr_null(strstr(shown, "before"));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("feeder");
    TCase *tcase = tcase_create("feeder");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_is_shown_before_its_commit);
    tcase_add_test(tcase, what_was_undone_is_never_shown_and_its_number_is_used_for_the_next);
    tcase_add_test(tcase, who_comes_during_a_turn_begins_behind_it);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
