/* Every input in tests/fuzz/corpus, good and bad ones and all that ever broke something, once more through its target. */
#include "../fuzz/fuzz.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 20 };

static const char corpus[] = "tests/fuzz/corpus";

static void
replay(const struct fuzz_target *target, const char *path)
{
    char *bytes = malloc(INPUT_MAX);
    FILE *file = fopen(path, "r");
    size_t size;

    ck_assert_msg(file != NULL, "cannot read %s", path);
    size = fread(bytes, 1, INPUT_MAX, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);      /* whoever breaks has its name in the last line but one */
    target->run(bytes, size);
    free(bytes);
}

START_TEST(no_input_of_the_corpus_breaks_its_target)
{
    const struct fuzz_target *target = &fuzz_targets[_i];
    char folder[200], path[500];
    const struct dirent *entry;
    int count = 0;
    DIR *directory;

    snprintf(folder, sizeof(folder), "%s/%s", corpus, target->name);
    directory = opendir(folder);
    ck_assert_msg(directory != NULL, "there is no %s", folder);
    target->run("", 0);
    while ((entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        replay(target, path);
        count++;
    }
    closedir(directory);
    ck_assert_int_gt(count, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fuzz corpus");
    TCase *tcase = tcase_create("fuzz corpus");
    SRunner *runner = srunner_create(suite);
    int failed, count = 0;

    while (fuzz_targets[count].name != NULL)
        count++;
    tcase_add_loop_test(tcase, no_input_of_the_corpus_breaks_its_target, 0, count);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
