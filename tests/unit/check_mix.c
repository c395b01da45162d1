/* Mix files: their shares, their schedules, and the mistakes in them. */
#include "../load/arguments.h"
#include "../load/mix.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Fixture: a folder of its own with the flows a and b, where a path is a name ---- */

static char folder[40];

static void
write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void
enter_folder(void)
{
    strcpy(folder, "/tmp/check_mix.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    write_file("a.flow", "order 1 x at 1\n");
    write_file("b.flow", "order 1 y at 1\n");
    write_file("wrong.flow", "order 1 y at 1\nwait\n");
    write_file("empty.flow", "\n");
}

static void
leave_folder(void)
{
    static const char *const names[] = { "a.flow", "b.flow", "wrong.flow", "empty.flow", "m.flow" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(names[i]);
    rmdir(folder);
}

/* ---- Helpers ---- */

static struct mix *
read_good(const char *text)
{
    char *error = NULL;
    struct mix *mix;

    write_file("m.flow", text);
    mix = mix_read("m.flow", &error);
    ck_assert_msg(mix != NULL, "%s", error);
    return mix;
}

/* ---- Tests ---- */

START_TEST(weights_choose_the_flow)
{
    struct mix *mix = read_good("# two of three\n2 a\n1 b   # one\n");

    ck_assert_int_eq(mix->weights, 3);
    ck_assert_str_eq(mix_choose(mix, 0)->name, "a");
    ck_assert_str_eq(mix_choose(mix, 1)->name, "a");
    ck_assert_str_eq(mix_choose(mix, 2)->name, "b");
    mix_free(mix);
}
END_TEST

START_TEST(flows_are_found_beside_the_mix)
{
    char path[60], *error = NULL;
    struct mix *mix;

    write_file("m.flow", "1 a\n");
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(path, sizeof(path), "%s/m.flow", folder);
    mix = mix_read(path, &error);
    ck_assert_msg(mix != NULL, "%s", error);
    ck_assert_int_eq(chdir(folder), 0);
    mix_free(mix);
}
END_TEST

START_TEST(every_line_of_a_schedule_is_read)
{
    struct mix *mix = read_good("1 a\nramp 0..500/s over 10s\nhold 500/s for 1min\nburst 2000 over 1s\n"
                                "burst 100 over 500ms\nramp 500..20/s over 2s\ndrain\nclosed 64 clients for 30s\n"
                                "burst 7 over 1s\n");
    const struct segment *segments = mix->segments;

    ck_assert_int_eq(mix->segment_count, 8);
    ck_assert(segments[0].kind == SEGMENT_OPEN && segments[0].from == 0 && segments[0].to == 500);
    ck_assert_int_eq(segments[0].length_us, 10000000);
    ck_assert(segments[1].from == 500 && segments[1].to == 500 && segments[1].length_us == 60000000);
    ck_assert(segments[2].from == 2500 && segments[2].to == 2500);      /* on top of the 500 */
    ck_assert(segments[3].from == 700);
    ck_assert(segments[4].from == 500 && segments[4].to == 20);
    ck_assert_int_eq(segments[5].kind, SEGMENT_DRAIN);
    ck_assert_int_eq(segments[6].kind, SEGMENT_CLOSED);
    ck_assert_int_eq(segments[6].clients, 64);
    ck_assert_int_eq(segments[6].length_us, 30000000);
    ck_assert(segments[7].from == 7);                                   /* nothing is there to be on top of */
    ck_assert_int_eq(mix_rate(mix), 2500);
    ck_assert_int_eq(mix_clients(mix), 64);
    mix_free(mix);
}
END_TEST

START_TEST(a_schedule_is_shortened_at_its_own_rates)
{
    static const char text[] = "1 a\nramp 0..500/s over 10s\nburst 2000 over 1s\ndrain\nclosed 64 clients for 30s\n";
    struct arguments arguments = { .shorten = 10 };
    struct mix *mix = read_good(text);
    const struct segment *segments = mix->segments;

    mix_schedule(mix, &arguments);
    ck_assert_int_eq(mix->segment_count, 4);
    ck_assert(segments[0].from == 0 && segments[0].to == 500 && segments[0].length_us == 1000000);
    ck_assert_uint_eq(segment_orders(&segments[0]), 250);
    ck_assert(segments[1].from == 2500 && segments[1].length_us == 100000);
    ck_assert_int_eq(segments[2].kind, SEGMENT_DRAIN);
    ck_assert_int_eq(segments[3].length_us, 3000000);
    mix_free(mix);
}
END_TEST

static const struct {
    const char *text, *mistake;
} mistakes[] = {
    { "80\n", "m.flow:1: expected the name of a flow, found the end of the line" },
    { "0 a\n", "m.flow:1: expected a weight: a number from 1 to 1000000, found \"0\"" },
    { "1..2 a\n", "m.flow:1: expected a weight: a number from 1 to 1000000, found \"1..2\"" },
    { "1 a b\n", "m.flow:1: expected the end of the line, found \"b\"" },
    { "1 ../a\n", "m.flow:1: expected the name of a flow, found \"../a\"" },
    { "1 a\n2 b\n3 a\n", "m.flow:3: expected a flow that is not in line 1 already, found \"a\"" },
    { "1 a\n1 none\n", "m.flow:2: expected a flow, but cannot read none.flow: No such file or directory" },
    { "1 wrong\n", "wrong.flow:2: expected until, found the end of the line" },
    { "1 empty\n", "empty.flow:1: expected an order, found the end of the file" },
    { "1 m\n", "m.flow:1: expected a flow, found a mix: mixes are not mixed" },
    { "1 a\norder 1 x at 1\n",
      "m.flow:2: expected a share as in `80 happy`, or ramp, hold, burst, drain or closed, found \"order\"" },
    { "1 a\nhold 5/s for 1s\n1 b\n", "m.flow:3: expected all shares before the schedule" },
    { "hold 5/s for 1s\n",
      "m.flow:1: expected a flow, or a mix with a share as in `80 happy`, found the end of the file" },
};

START_TEST(a_mistake_is_told_with_its_line_and_what_was_expected)
{
    char *error = NULL;

    write_file("m.flow", mistakes[_i].text);
    ck_assert_ptr_null(mix_read("m.flow", &error));
    ck_assert_str_eq(error, mistakes[_i].mistake);
    free(error);
}
END_TEST

START_TEST(the_command_line_takes_the_place_of_the_schedule)
{
    static const struct arguments none = { .clients = 0 }, rate = { .rate = 30, .orders = 7 },
                                  clients = { .clients = 5 }, seconds = { .seconds = 3 }, orders = { .orders = 9 };
    struct mix *mix = read_good("1 a\nhold 5/s for 1s\ndrain\n");

    mix_schedule(mix, &none);
    ck_assert_int_eq(mix->segment_count, 2);
    mix_schedule(mix, &rate);
    ck_assert_int_eq(mix->segment_count, 1);
    ck_assert_int_eq(mix->segments[0].kind, SEGMENT_OPEN);
    ck_assert_uint_eq(segment_orders(&mix->segments[0]), 7);
    mix_schedule(mix, &clients);
    ck_assert_int_eq(mix->segments[0].kind, SEGMENT_CLOSED);
    ck_assert_int_eq(mix->segments[0].clients, 5);
    ck_assert_int_eq(mix->segments[0].length_us, 10000000);
    mix_schedule(mix, &seconds);
    ck_assert_int_eq(mix->segments[0].clients, 64);
    ck_assert_int_eq(mix->segments[0].length_us, 3000000);
    mix_schedule(mix, &orders);
    ck_assert_uint_eq(mix->segments[0].orders, 9);
    mix_free(mix);
}
END_TEST

START_TEST(without_a_schedule_64_customers_play_for_ten_seconds)
{
    struct arguments none = { .clients = 0 };
    struct mix *mix = read_good("1 a\n");

    mix_schedule(mix, &none);
    ck_assert_int_eq(mix->segment_count, 1);
    ck_assert_int_eq(mix->segments[0].kind, SEGMENT_CLOSED);
    ck_assert_int_eq(mix->segments[0].clients, 64);
    ck_assert_int_eq(mix->segments[0].length_us, 10000000);
    mix_free(mix);
}
END_TEST

START_TEST(what_is_shipped_is_right)
{
    DIR *flows = opendir("tests/load/flows");
    char path[300], *error = NULL;
    int count = 0;

    ck_assert_msg(flows != NULL, "run it in the project's folder");
    for (struct dirent *entry = readdir(flows); entry != NULL; entry = readdir(flows)) {
        struct mix *mix;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "tests/load/flows/%s", entry->d_name);
        mix = mix_read(path, &error);
        ck_assert_msg(mix != NULL, "%s", error);
        ck_assert(mix->weights == (mix->count == 1 ? 1 : 100));
        mix_free(mix);
        count++;
    }
    closedir(flows);
    ck_assert_int_ge(count, 10);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mix");
    TCase *tests = tcase_create("mix"), *shipped = tcase_create("shipped");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, enter_folder, leave_folder);
    tcase_add_test(tests, weights_choose_the_flow);
    tcase_add_test(tests, flows_are_found_beside_the_mix);
    tcase_add_test(tests, every_line_of_a_schedule_is_read);
    tcase_add_test(tests, a_schedule_is_shortened_at_its_own_rates);
    tcase_add_loop_test(tests, a_mistake_is_told_with_its_line_and_what_was_expected, 0,
                        (int)(sizeof(mistakes) / sizeof(mistakes[0])));
    tcase_add_test(tests, the_command_line_takes_the_place_of_the_schedule);
    tcase_add_test(tests, without_a_schedule_64_customers_play_for_ten_seconds);
    tcase_add_test(shipped, what_is_shipped_is_right);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, shipped);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
