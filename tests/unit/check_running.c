/* Who is to blame when the process dies: the event whose handler was running, if it was a fault that killed it. */
#include "../../common/running.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char id[] = "019a0000-0000-7000-8000-000000000001";

/* ---- Fixture ---- */

static char folder[] = "/tmp/check_running.XXXXXX";
static char path[100];

static void
set_up(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/test.running", folder);
}

static void
tear_down(void)
{
    unlink(path);
    rmdir(folder);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

/* ---- Helpers ---- */

static struct running *
open_it(void)
{
    char *error = NULL;
    struct running *running = running_open(path, &error);

    ck_assert_msg(running != NULL, "%s", error);
    return running;
}

/* A process that dies by this signal, inside the handler of an event or after it. */
static void
die(int number, bool inside)
{
    const struct envelope in = { .id = id, .topic = PAYMENTS, .partition = 5, .offset = 77 };
    const struct rlimit no_core = { 0, 0 };
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct running *running = open_it();

        setrlimit(RLIMIT_CORE, &no_core);
        running_enter(running, &in);
        if (!inside)
            running_leave(running);
        raise(number);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == number);
}

static bool
is_blamed(struct envelope *in, int *number)
{
    struct running *running = open_it();
    bool blamed = running_blamed(running, in, number);

    running_close(running);
    return blamed;
}

/* ---- Tests ---- */

START_TEST(each_fault_blames_the_event_that_was_handled)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    struct envelope in;
    int number;

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct running *running;

        die(signals[i], true);
        running = open_it();
        ck_assert(running_blamed(running, &in, &number));
        ck_assert_int_eq(number, signals[i]);
        ck_assert_str_eq(in.id, id);
        ck_assert_int_eq(in.topic, PAYMENTS);
        ck_assert_int_eq(in.partition, 5);
        ck_assert_int_eq(in.offset, 77);
        ck_assert(!running_blamed(running, &in, &number));       /* once */
        running_close(running);
    }
}
END_TEST

START_TEST(who_is_killed_from_outside_blames_nobody)
{
    struct envelope in;
    int number;

    die(SIGKILL, true);
    ck_assert(!is_blamed(&in, &number));
    die(SIGUSR1, true);
    ck_assert(!is_blamed(&in, &number));
}
END_TEST

START_TEST(a_fault_outside_of_handlers_blames_nobody)
{
    struct envelope in;
    int number;

    die(SIGSEGV, false);
    ck_assert(!is_blamed(&in, &number));
}
END_TEST

START_TEST(the_file_is_private_and_rubbish_in_it_blames_nobody)
{
    struct envelope in;
    struct stat status;
    FILE *file;
    int number;

    ck_assert(!is_blamed(&in, &number));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 200; i++)
        fputc(0xff, file);
    fclose(file);
    ck_assert(!is_blamed(&in, &number));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("running");
    TCase *tcase = tcase_create("running");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_fault_blames_the_event_that_was_handled);
    tcase_add_test(tcase, who_is_killed_from_outside_blames_nobody);
    tcase_add_test(tcase, a_fault_outside_of_handlers_blames_nobody);
    tcase_add_test(tcase, the_file_is_private_and_rubbish_in_it_blames_nobody);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
