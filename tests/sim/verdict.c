#include "verdict.h"

#include "../../common/store/db.h"
#include "../../order-svc/order_store.h"
#include "../audit/print.h"
#include "../audit/records.h"
#include "cluster.h"
#include "customers.h"
#include "diary.h"
#include "promises.h"
#include "sim.h"

#include <stdlib.h>

/* ---- what customers were told ---- */

#define IS(status_) (1u << ORDER_IS_##status_)

/* An order that was told to be `told` can be `now`. */
static bool
leads_to(enum order_status told, enum order_status now)
{
    static const unsigned next[ORDER_STATUSES] = {
        [ORDER_IS_CREATED] = IS(PAID) | IS(REJECTED) | IS(CANCELLED) | IS(REFUNDED),
        [ORDER_IS_PAID] = IS(CANCELLED) | IS(REFUNDED),
        [ORDER_IS_CANCELLED] = IS(REFUNDED),
    };

    return told == now || next[told] >> now & 1;
}

static void
check_told(const struct told_order *told, enum order_status now)
{
    if (told->complaint != NULL)
        sim_complain(told->order_id, "%s", told->complaint);
    if (told->order_id[0] == '\0' || now == ORDER_STATUSES)
        return;                  /* that it is gone is found by the auditor */
    for (int status = 0; status < ORDER_STATUSES; status++)
        if (told->statuses >> status & 1 && !leads_to((enum order_status)status, now))
            sim_complain(told->order_id, "its customer was told that it is %s",
                         order_status_name((enum order_status)status));
    if (told->cancelled && now != ORDER_IS_CANCELLED && now != ORDER_IS_REFUNDED)
        sim_complain(told->order_id, "its customer was told that it is cancelled");
}

static void
check_orders(void)
{
    const struct told_order *told;

    for (int i = 0; (told = customers_order(i)) != NULL; i++)
        check_told(told, order_status(sim.members[AUDIT_ORDER].db, told->order_id));
}

static void
check_accounts(void)
{
    static const char sql[] = "SELECT deposited FROM account WHERE customer_id = :name";
    const struct told_account *told;

    for (int i = 0; (told = customers_account(i)) != NULL; i++)
        if (db_number(sim.members[AUDIT_PAYMENT].db, sql, FIELDS(TEXT("name", told->name)), 0) != told->deposited)
            sim_complain(NULL, "%s was told that %lld was paid in", told->name, (long long)told->deposited);
}

/* ---- the auditor ---- */

static void
tell_audit(struct audit *audit)
{
    const struct told_order *told;

    for (int i = 0; (told = customers_order(i)) != NULL; i++)
        audit_told(audit, told->outcome, told->order_id[0] == '\0' ? NULL : told->order_id,
                   told->key == NULL ? "-" : told->key);
}

static void
count_orders(void)
{
    static const char all[] = "SELECT count(*) FROM orders", paid[] = "SELECT count(*) FROM orders WHERE status = 'PAID'",
        rejected[] = "SELECT count(*) FROM orders WHERE status = 'REJECTED'",
        cancelled[] = "SELECT count(*) FROM orders WHERE status = 'CANCELLED'",
        refunded[] = "SELECT count(*) FROM orders WHERE status = 'REFUNDED'",
        expired[] = "SELECT count(*) FROM orders WHERE reason = 'expired' AND status <> 'REJECTED'",
        unpublished[] = "SELECT count(*) FROM orders WHERE reason = 'publish_failed'";
    struct db *db = sim.members[AUDIT_ORDER].db;

    sim.tally.orders = db_number(db, all, NULL, 0);
    sim.tally.paid = db_number(db, paid, NULL, 0);
    sim.tally.rejected = db_number(db, rejected, NULL, 0);
    sim.tally.cancelled = db_number(db, cancelled, NULL, 0);
    sim.tally.refunded = db_number(db, refunded, NULL, 0);
    sim.tally.expired = db_number(db, expired, NULL, 0);
    sim.tally.unpublished = db_number(db, unpublished, NULL, 0);
}

static void
note_order(const struct report *report)
{
    for (size_t i = 0; i < report->kept && sim.wrong[0] == '\0'; i++)
        if (report->noted[i].order_id != NULL)
            snprintf(sim.wrong, sizeof(sim.wrong), "%s", report->noted[i].order_id);
}

static void
ask(struct audit *audit, unsigned given, unsigned only)
{
    struct report report;
    struct audit_listener listener = report_listener(&report);
    char *error = NULL;
    int64_t found = 0;

    report_init(&report, false);
    for (int i = 0; i < MEMBERS && found == 0; i++)
        found = audit_copy(audit, (enum audited)i, member_sqlite(&sim.members[i]), &error);
    if (found == 0)
        found = audit_run(audit, given, only, &listener, &error);
    if (found < 0)
        sim_complain(NULL, "%s", error);
    if (found > 0) {
        note_order(&report);
        sim.tally.violations += findings_print(&(struct findings){ &report, 1, &audit, 1 }, sim.out, false);
    }
    free(error);
    report_release(&report);
    audit_free(audit);
}

static void
tell_log(struct audit *audit, int topic, int partition)
{
    int64_t end = cluster_end(topic, partition);

    audit_log(audit, (enum topic)topic, partition, 0, end);
    for (int64_t i = 0; i < end; i++) {
        struct record record = *cluster_record(topic, partition, i);

        record.topic = (enum topic)topic;
        record.partition = partition;
        record.offset = i;
        if (shard_owns(&sim.plan.shard, records_home(&record)))
            audit_record(audit, &record);
    }
}

/* What the broker holds, by the outboxes as they are: rows that were pruned before it lost its memory it need not have. */
static void
audit_records(void)
{
    struct audit *audit = audit_new();
    char identity[80];

    snprintf(identity, sizeof(identity), "%s%s%s", cluster_id(), sim.plan.embedded ? "/" : "",
             sim.plan.embedded ? cluster_boot_topic() : "");
    audit_broker(audit, identity);
    for (int topic = 0; topic < ALL_TOPICS; topic++)
        for (int partition = 0; partition < sim.plan.partitions; partition++)
            tell_log(audit, topic, partition);
    ask(audit, QUIET | EVENTS | RECORDS, RECORDS);
}

static void
audit_databases(void)
{
    struct audit *audit = audit_new();

    for (int i = 0; i < MEMBERS; i++)
        member_restore_pruned(&sim.members[i]);
    tell_audit(audit);
    ask(audit, QUIET | EVENTS | HISTORY, 0);
}

void
verdict(void)
{
    count_orders();
    audit_records();
    audit_databases();
    check_orders();
    check_accounts();
    check_given_up();
    check_webhooks();
    check_order_of_logs();
    if (sim.wrong[0] == '\0')
        return;
    fprintf(sim.out, "\nwhat happened to %s:\n\n", sim.wrong);
    diary_draw(sim.wrong, sim.out);
    fputc('\n', sim.out);
}
