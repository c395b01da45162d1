/* Whose broker it is: positions and outbox belong to one cluster. */
#include "../../common/node.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/node_events.h"
#include "../../common/store/db.h"
#include "../../common/store/group_commit.h"
#include "../../common/store/meta.h"
#include "../../common/store/outbox.h"

#include <check.h>
#include <string.h>

extern const char order_schema[];

static struct clock the_clock;
static struct log the_log;
static struct node node;

static void
set_up(void)
{
    static const struct meta meta = { "order-svc", 0, 1, 12, "" };
    char *error = NULL;

    the_clock = clock_manual(1000);
    the_log = (struct log){ .service = "test", .clock = &the_clock, .fd = -1 };
    memset(&node, 0, sizeof(node));
    node.clock = &the_clock;
    node.log = &the_log;
    node.core.log = &the_log;
    node.core.db = db_open(":memory:", &the_log, &error);
    ck_assert_msg(node.core.db != NULL && meta_open(node.core.db, &meta, order_schema, &error) == 0, "%s", error);
    db_context(node.core.db)->shard = (struct shard){ 0, 1, 12 };
    node.core.group = group_new(node.core.db, &the_clock);
    group_begin(node.core.group);
    meta_set_cluster(node.core.db, "ours");
    relay_cursor_store(node.core.db, 7);
    ck_assert(group_commit(node.core.group));
}

static void
tear_down(void)
{
    group_free(node.core.group);
    db_close(node.core.db);
}

/* Nothing of the node is there that could read or speak: it would not survive an attempt. */
START_TEST(another_cluster_is_waited_out)
{
    const char *why = node_on_known(&node, "theirs");

    ck_assert_ptr_nonnull(why);
    ck_assert_ptr_nonnull(strstr(why, "ctl cluster adopt theirs"));
    ck_assert_str_eq(node.other_cluster, "theirs");
    ck_assert_str_eq(meta_cluster(node.core.db), "ours");
    ck_assert_int_eq(relay_cursor_load(node.core.db), 7);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cluster");
    TCase *tcase = tcase_create("cluster");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, another_cluster_is_waited_out);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
