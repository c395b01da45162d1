/* Room for more, and the ballast. A disk that is really full is in tests/e2e/20-disk-full.sh. */
#include "../../common/ballast.h"
#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/settings.h"
#include "../../common/room.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MB = 1024 * 1024, TOO_MANY_MB = 100000000 };

/* ---- Fixture ---- */

static char folder[64], file[128];
static struct clock clock;
static struct log log_;
static struct settings settings;
static struct room *room;

static void
set_up(void)
{
    strcpy(folder, "/tmp/check_room.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/order-svc.ballast", folder);
    clock = clock_manual(1000);
    log_ = (struct log){ .service = "test", .clock = &clock, .fd = -1 };
    settings = (struct settings){ .data_dir = folder, .min_free_disk_mb = 1, .ballast_mb = 1, .outbox_max_pending = 10 };
    room = room_new(&settings, "order-svc", &log_);
}

static void
tear_down(void)
{
    room_free(room);
    unlink(file);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* ---- Helpers ---- */

static void
start_again(void)
{
    room_free(room);
    room = room_new(&settings, "order-svc", &log_);
}

/* Bytes that the ballast takes on the disk; -1 if it is not there. */
static int64_t
ballast_bytes(void)
{
    struct stat status;

    if (stat(file, &status) != 0)
        return -1;
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    ck_assert_int_ge(status.st_blocks * 512, status.st_size);
    return status.st_size;
}

/* ---- Tests ---- */

START_TEST(where_there_is_room_nothing_is_refused)
{
    ck_assert(!room_is_short(room) && !room_is_full(room));
    ck_assert_ptr_null(room_refusal(room));
    ck_assert_ptr_null(room_short_of(room, SHORT_OF_DISK));
    ck_assert_ptr_null(room_short_of(room, SHORT_OF_OUTBOX));
    ck_assert_int_gt(room_stats(room)->free_bytes, MB);
}
END_TEST

START_TEST(with_too_little_free_writes_are_refused_and_counted)
{
    settings.min_free_disk_mb = TOO_MANY_MB;
    start_again();
    ck_assert(room_is_short(room));
    ck_assert_ptr_nonnull(strstr(room_refusal(room), "the disk is nearly full"));
    ck_assert_ptr_nonnull(strstr(room_short_of(room, SHORT_OF_DISK), "MIN_FREE_DISK_MB is 100000000: make room"));
    ck_assert_uint_eq(room_stats(room)->refused[SHORT_OF_DISK], 1);
    ck_assert(!room_is_full(room));
}
END_TEST

START_TEST(with_too_many_events_waiting_writes_are_refused_until_there_are_fewer)
{
    room_look(room, 9);
    ck_assert(!room_is_short(room));
    room_look(room, 10);
    ck_assert_ptr_nonnull(strstr(room_refusal(room), "too many events wait"));
    ck_assert_str_eq(room_short_of(room, SHORT_OF_OUTBOX),
                     "10 events wait for the broker, OUTBOX_MAX_PENDING is 10: see to the broker");
    ck_assert_ptr_null(room_short_of(room, SHORT_OF_DISK));
    room_look(room, 9);
    ck_assert(!room_is_short(room));
    ck_assert_uint_eq(room_stats(room)->refused[SHORT_OF_OUTBOX], 1);
}
END_TEST

START_TEST(the_ballast_takes_its_room_on_the_disk_and_stays_over_a_stop)
{
    struct stat before, after;

    ck_assert_int_eq(ballast_bytes(), MB);
    ck_assert(room_stats(room)->ballast);
    stat(file, &before);
    start_again();
    stat(file, &after);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    ck_assert(room_stats(room)->ballast);
}
END_TEST

START_TEST(ballast_of_another_size_is_made_anew_and_without_any_there_is_none)
{
    settings.ballast_mb = 2;
    start_again();
    ck_assert_int_eq(ballast_bytes(), 2 * MB);
    settings.ballast_mb = 0;
    start_again();
    ck_assert_int_eq(ballast_bytes(), -1);
    ck_assert(!room_is_full(room));
}
END_TEST

/* A file with a hole has the size but not the room. */
START_TEST(a_hole_is_no_ballast)
{
    struct ballast ballast;

    unlink(file);
    fclose(fopen(file, "w"));
    ck_assert_int_eq(truncate(file, MB), 0);
    ballast_init(&ballast, folder, "order-svc", MB);
    ck_assert(!ballast.held);
    ck_assert_int_eq(ballast_take(&ballast), 0);
    ck_assert_int_eq(ballast_bytes(), MB);
}
END_TEST

START_TEST(the_ballast_is_not_taken_where_that_would_bring_refusals)
{
    unlink(file);
    settings.min_free_disk_mb = TOO_MANY_MB;
    start_again();
    ck_assert_int_eq(ballast_bytes(), -1);
    ck_assert(!room_stats(room)->ballast);
}
END_TEST

START_TEST(a_turn_that_is_undone_for_another_reason_leaves_the_ballast_alone)
{
    room_after_commit(room, false);
    room_after_commit(room, true);
    ck_assert_int_eq(ballast_bytes(), MB);
    ck_assert(!room_is_full(room) && !room_is_short(room));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("room");
    TCase *tcase = tcase_create("room");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, where_there_is_room_nothing_is_refused);
    tcase_add_test(tcase, with_too_little_free_writes_are_refused_and_counted);
    tcase_add_test(tcase, with_too_many_events_waiting_writes_are_refused_until_there_are_fewer);
    tcase_add_test(tcase, the_ballast_takes_its_room_on_the_disk_and_stays_over_a_stop);
    tcase_add_test(tcase, ballast_of_another_size_is_made_anew_and_without_any_there_is_none);
    tcase_add_test(tcase, a_hole_is_no_ballast);
    tcase_add_test(tcase, the_ballast_is_not_taken_where_that_would_bring_refusals);
    tcase_add_test(tcase, a_turn_that_is_undone_for_another_reason_leaves_the_ballast_alone);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
