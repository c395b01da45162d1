/* Settings: defaults, environment, flags; all mistakes at once. */
#include "../../common/base/settings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fixture ---- */

struct shop {
    struct settings common;
    const char *motto;
    int64_t shelves;
    bool open;
};

static const char *const mottos[] = { "honest", "cheap", NULL };

static const struct setting own[] = {
    { "MOTTO", "honest", "", "what stands over the door", SETTING_TEXT, offsetof(struct shop, motto), 0, 10, mottos },
    { "SHELVES", "3", "pieces", "where things lie", SETTING_INT, offsetof(struct shop, shelves), 1, 9, NULL },
    { "OPEN", "0", "", "whether customers may come in", SETTING_FLAG, offsetof(struct shop, open), 0, 1, NULL },
    { .name = NULL },
};

static struct shop shop;
static char *errors;
static size_t errors_size;
static FILE *stream;

static void
set_up(void)
{
    clearenv();
    memset(&shop, 0, sizeof(shop));
    errors = NULL;
    stream = open_memstream(&errors, &errors_size);
}

static void
tear_down(void)
{
    fclose(stream);
    free(errors);
}

/* ---- Helpers ---- */

static struct command_line
read_line(int argc, const char *const argv[])
{
    struct command_line line = settings_read(own, &shop, 8081, "/tmp/shop", argc, (char **)(uintptr_t)argv, stream);

    fflush(stream);
    return line;
}

/* Up to nine words after the program's name. */
#define READ(...) read_line((int)(sizeof((const char *[]){ "shop", __VA_ARGS__ }) / sizeof(char *)), \
                            (const char *[]){ "shop", __VA_ARGS__, NULL })

static enum invocation
read_nothing(void)
{
    return read_line(1, (const char *[]){ "shop", NULL }).command;
}

static int
lines_in(const char *text)
{
    int lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* ---- Tests ---- */

START_TEST(without_anything_the_defaults_hold)
{
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
    ck_assert_str_eq(errors, "");
    ck_assert_int_eq(shop.common.http_port, 8081);
    ck_assert_str_eq(shop.common.data_dir, "/tmp/shop");
    ck_assert_str_eq(shop.common.http_address, "127.0.0.1");
    ck_assert_str_eq(shop.common.topics[1], "payments");
    ck_assert_int_eq(shop.common.partitions, 12);
    ck_assert(!shop.common.allow_faults && !shop.open);
    ck_assert_str_eq(shop.motto, "honest");
    ck_assert_int_eq(shop.shelves, 3);
}
END_TEST

START_TEST(the_environment_goes_before_the_default_and_a_flag_before_both)
{
    setenv("HTTP_PORT", "9001", 1);
    setenv("SHELVES", "4", 1);
    setenv("OPEN", "1", 1);
    ck_assert_int_eq(READ("--http-port", "9002", "--motto=cheap").command, COMMAND_RUN);
    ck_assert_int_eq(shop.common.http_port, 9002);
    ck_assert_int_eq(shop.shelves, 4);
    ck_assert(shop.open);
    ck_assert_str_eq(shop.motto, "cheap");
}
END_TEST

START_TEST(a_flag_is_written_with_a_blank_or_an_equals_sign_and_the_last_one_counts)
{
    ck_assert_int_eq(READ("--shelves", "5", "--shelves=6", "--open", "--topic-prefix=").command, COMMAND_RUN);
    ck_assert_int_eq(shop.shelves, 6);
    ck_assert(shop.open);
    ck_assert_str_eq(shop.common.topic_prefix, "");
    ck_assert_int_eq(READ("--open=0").command, COMMAND_RUN);
    ck_assert(!shop.open);
}
END_TEST

START_TEST(all_mistakes_are_told_at_once_each_with_its_name)
{
    setenv("PARTITIONS", "0", 1);
    setenv("LOG_LEVEL", "loud", 1);
    setenv("OPEN", "yes", 1);
    ck_assert_int_eq(READ("--http-port", "70000", "--motto=proud", "--shelfs=3", "stray", "--shelves").command,
                     COMMAND_WRONG);
    ck_assert_int_eq(lines_in(errors), 8);
    ck_assert_ptr_nonnull(strstr(errors, "PARTITIONS: must be a whole number from 1 to 1000"));
    ck_assert_ptr_nonnull(strstr(errors, "LOG_LEVEL: must be one of debug info warn error, not \"loud\""));
    ck_assert_ptr_nonnull(strstr(errors, "OPEN: must be a whole number from 0 to 1"));
    ck_assert_ptr_nonnull(strstr(errors, "HTTP_PORT: must be a whole number from 0 to 65535"));
    ck_assert_ptr_nonnull(strstr(errors, "MOTTO: must be one of honest cheap, not \"proud\""));
    ck_assert_ptr_nonnull(strstr(errors, "\"--shelfs=3\""));
    ck_assert_ptr_nonnull(strstr(errors, "\"stray\""));
    ck_assert_ptr_nonnull(strstr(errors, "SHELVES: a value must follow the flag"));
}
END_TEST

START_TEST(a_value_cannot_begin_a_line_of_its_own)
{
    ck_assert_int_eq(READ("--log-level=\x1b[2J\nPORT: fine\xc2\x9b").command, COMMAND_WRONG);
    ck_assert_str_eq(errors, "LOG_LEVEL: must be one of debug info warn error, not \"?[2J?PORT: fine??\"\n");
    ck_assert_int_eq(READ("--allow-faults", "--faults=a\nb").command, COMMAND_WRONG);
    ck_assert_ptr_nonnull(strstr(errors, "FAULTS: \"a?b\" is no fault: FAULTS.md lists them, not \"a?b\"\n"));
}
END_TEST

START_TEST(numbers_are_whole_and_within_their_bounds)
{
    static const char *const bad[] = { "", "0", "10", "3.0", "1e0", " 3", "3 ", "0x3", "-3", "+3", "three",
                                       "99999999999999999999" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        setenv("SHELVES", bad[i], 1);
        ck_assert_msg(read_nothing() == COMMAND_WRONG, "%s", bad[i]);
    }
    setenv("SHELVES", "9", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
}
END_TEST

START_TEST(texts_are_neither_too_short_nor_too_long)
{
    setenv("KAFKA_BROKERS", "", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
    ck_assert_ptr_nonnull(strstr(errors, "KAFKA_BROKERS: must have 1 to 4000 bytes"));
    setenv("KAFKA_BROKERS", "a:1,b:2", 1);
    setenv("HTTP_ADDRESS", "0123456789012345678901234567890123456789012345", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
}
END_TEST

START_TEST(breaking_things_on_purpose_needs_a_permission)
{
    setenv("RELAY_SEND_TWICE", "1", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
    ck_assert_ptr_nonnull(strstr(errors, "ALLOW_FAULTS"));
    ck_assert_int_eq(READ("--allow-faults").command, COMMAND_RUN);
    ck_assert(shop.common.relay_send_twice);
}
END_TEST

START_TEST(what_had_its_effect_is_known_as_long_as_it_may_come_again)
{
    setenv("PROCESSED_EVENT_RETENTION_S", "3600", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
    ck_assert_str_eq(errors, "PROCESSED_EVENT_RETENTION_S: must be at least OUTBOX_RETENTION_S (86400) and TOPIC_RETENTION_S"
                             " (604800), else an event that comes again has its effect again, not \"3600\"\n");
    setenv("TOPIC_RETENTION_S", "3600", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
    setenv("OUTBOX_RETENTION_S", "3600", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
}
END_TEST

START_TEST(a_shard_is_one_of_the_shards_and_each_has_a_partition)
{
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
    ck_assert_int_eq(shop.common.shard, 0);
    ck_assert_int_eq(shop.common.shards, 1);
    setenv("SHARDS", "3", 1);
    setenv("SHARD", "3", 1);
    setenv("PARTITIONS", "2", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_WRONG);
    ck_assert_str_eq(errors, "SHARD: must be below SHARDS (3): shards count from 0, not \"3\"\n"
                             "SHARDS: must be PARTITIONS (2) at most: each shard needs a partition, not \"3\"\n");
    setenv("SHARD", "2", 1);
    setenv("PARTITIONS", "3", 1);
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
}
END_TEST

START_TEST(commands_are_found_and_what_follows_ctl_is_left_alone)
{
    struct command_line line = READ("--http-port", "9000", "ctl", "ready", "--whatever");

    ck_assert_int_eq(line.command, COMMAND_CTL);
    ck_assert_int_eq(line.rest, 4);
    ck_assert_int_eq(shop.common.http_port, 9000);
    ck_assert_int_eq(READ("--help").command, COMMAND_HELP);
    ck_assert_int_eq(READ("--version").command, COMMAND_VERSION);
    ck_assert_int_eq(READ("--reactions").command, COMMAND_REACTIONS);
    ck_assert_int_eq(READ("--schema").command, COMMAND_SCHEMA);
    ck_assert_int_eq(READ("--crash-points").command, COMMAND_CRASH_POINTS);
}
END_TEST

START_TEST(help_is_given_in_spite_of_mistakes_and_ctl_is_not)
{
    setenv("PARTITIONS", "0", 1);
    ck_assert_int_eq(READ("--help").command, COMMAND_HELP);
    ck_assert_int_eq(READ("ctl", "ready").command, COMMAND_WRONG);
}
END_TEST

START_TEST(help_lists_every_setting_with_its_default_and_unit)
{
    settings_help("shop", own, 8081, "/tmp/shop", stream);
    fflush(stream);
    for (const struct setting *setting = common_settings; setting->name != NULL; setting++) {
        ck_assert_msg(strstr(errors, setting->name) != NULL, "%s", setting->name);
        ck_assert_msg(strstr(errors, setting->help) != NULL, "%s", setting->name);
    }
    ck_assert_ptr_nonnull(strstr(errors, "SHELVES                  where things lie [3 pieces]\n"));
    ck_assert_ptr_nonnull(strstr(errors, "port to listen on; 0 takes any free one and logs it [8081]\n"));
    ck_assert_ptr_nonnull(strstr(errors, "[/tmp/shop]\n"));
    ck_assert_ptr_nonnull(strstr(errors, "--reactions"));
}
END_TEST

START_TEST(every_default_passes_its_own_check_and_every_name_is_there_once)
{
    ck_assert_int_eq(read_nothing(), COMMAND_RUN);
    for (const struct setting *one = common_settings; one->name != NULL; one++) {
        ck_assert(one->help != NULL && one->unit != NULL);
        for (const struct setting *other = one + 1; other->name != NULL; other++) {
            ck_assert_str_ne(one->name, other->name);
            ck_assert_uint_ne(one->offset, other->offset);
        }
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("settings");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_anything_the_defaults_hold);
    tcase_add_test(tcase, the_environment_goes_before_the_default_and_a_flag_before_both);
    tcase_add_test(tcase, a_flag_is_written_with_a_blank_or_an_equals_sign_and_the_last_one_counts);
    tcase_add_test(tcase, all_mistakes_are_told_at_once_each_with_its_name);
    tcase_add_test(tcase, a_value_cannot_begin_a_line_of_its_own);
    tcase_add_test(tcase, numbers_are_whole_and_within_their_bounds);
    tcase_add_test(tcase, texts_are_neither_too_short_nor_too_long);
    tcase_add_test(tcase, breaking_things_on_purpose_needs_a_permission);
    tcase_add_test(tcase, what_had_its_effect_is_known_as_long_as_it_may_come_again);
    tcase_add_test(tcase, a_shard_is_one_of_the_shards_and_each_has_a_partition);
    tcase_add_test(tcase, commands_are_found_and_what_follows_ctl_is_left_alone);
    tcase_add_test(tcase, help_is_given_in_spite_of_mistakes_and_ctl_is_not);
    tcase_add_test(tcase, help_lists_every_setting_with_its_default_and_unit);
    tcase_add_test(tcase, every_default_passes_its_own_check_and_every_name_is_there_once);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
