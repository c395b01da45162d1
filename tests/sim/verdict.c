#include "verdict.h"

#include "../../common/store/db.h"
#include "../../order-svc/order_store.h"
#include "../audit/report.h"
#include "../audit/timeline.h"
#include "customers.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

struct judge {
    struct audit *audit;
    FILE *out;
    int64_t violations;
};

static void
complain(struct judge *judge, const char *order_id, const char *what)
{
    judge->violations++;
    fprintf(judge->out, "FAIL  %s%s%s\n", order_id, order_id[0] == '\0' ? "" : ": ", what);
    if (order_id[0] != '\0')
        timeline_print(judge->audit, order_id, judge->out);
}

/* ---- what customers were told ---- */

/* An order that was told to be `told` can be `now`. */
static bool
leads_to(enum order_status told, enum order_status now)
{
    static const unsigned next[ORDER_STATUSES] = {
        [ORDER_IS_CREATED] = 1u << ORDER_IS_PAID | 1u << ORDER_IS_REJECTED | 1u << ORDER_IS_CANCELLED | 1u << ORDER_IS_REFUNDED,
        [ORDER_IS_PAID] = 1u << ORDER_IS_CANCELLED | 1u << ORDER_IS_REFUNDED,
        [ORDER_IS_CANCELLED] = 1u << ORDER_IS_REFUNDED,
    };

    return told == now || next[told] >> now & 1;
}

static void
check_told(struct judge *judge, const struct told_order *told, enum order_status now)
{
    if (told->complaint != NULL)
        complain(judge, told->order_id, told->complaint);
    if (told->order_id[0] == '\0' || now == ORDER_STATUSES)
        return;                  /* that it is gone is found by the auditor */
    for (int status = 0; status < ORDER_STATUSES; status++)
        if (told->statuses >> status & 1 && !leads_to((enum order_status)status, now))
            complain(judge, told->order_id, "its customer was told a status that it did not have");
    if (told->cancelled && now != ORDER_IS_CANCELLED && now != ORDER_IS_REFUNDED)
        complain(judge, told->order_id, "its customer was told that it is cancelled");
}

static void
check_orders(struct judge *judge)
{
    const struct told_order *told;

    for (int i = 0; (told = customers_order(i)) != NULL; i++)
        check_told(judge, told, order_status(sim.members[AUDIT_ORDER].db, told->order_id));
}

static void
check_accounts(struct judge *judge)
{
    static const char sql[] = "SELECT deposited FROM account WHERE customer_id = :name";
    const struct told_account *told;

    for (int i = 0; (told = customers_account(i)) != NULL; i++)
        if (db_number(sim.members[AUDIT_PAYMENT].db, sql, FIELDS(TEXT("name", told->name)), 0) != told->deposited)
            complain(judge, "", arena_format(&sim.arena, "%s was told that %lld was paid in", told->name,
                                             (long long)told->deposited));
}

/* ---- what the services could not do ---- */

static void
check_letters(struct judge *judge)
{
    static const char sql[] =
        "SELECT reason || ': ' || ifnull(type, 'a record'), ifnull(subject, '') FROM dead_letter WHERE state = 'OPEN'";

    for (int i = 0; i < MEMBERS; i++) {
        struct member *member = &sim.members[i];
        struct rows *rows = db_select(member->db, sql, NULL);

        while (rows_next(rows))
            complain(judge, rows_text(rows, 1), arena_format(&sim.arena, "%s can never handle it: %s", member->name,
                                                             rows_text(rows, 0)));
        db_end_cause(member->db);
    }
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
    static const char sql[] = "SELECT count(*) FROM orders WHERE status = :status";
    int64_t *counts[ORDER_STATUSES] = {
        [ORDER_IS_PAID] = &sim.tally.paid,           [ORDER_IS_REJECTED] = &sim.tally.rejected,
        [ORDER_IS_CANCELLED] = &sim.tally.cancelled, [ORDER_IS_REFUNDED] = &sim.tally.refunded,
    };
    struct db *db = sim.members[AUDIT_ORDER].db;

    sim.tally.orders = db_number(db, "SELECT count(*) FROM orders", NULL, 0);
    sim.tally.expired = db_number(db, "SELECT count(*) FROM orders WHERE reason = 'expired' AND status <> 'REJECTED'", NULL, 0);
    sim.tally.unpublished = db_number(db, "SELECT count(*) FROM orders WHERE reason = 'publish_failed'", NULL, 0);
    for (int i = 0; i < ORDER_STATUSES; i++)
        if (counts[i] != NULL)
            *counts[i] = db_number(db, sql, FIELDS(TEXT("status", order_status_name((enum order_status)i))), 0);
}

int64_t
verdict(FILE *out)
{
    struct judge judge = { .audit = audit_new(), .out = out };
    struct report report;
    struct audit_listener listener = report_listener(&report);
    char *error = NULL;
    int64_t found = 0;

    report_init(&report, false);
    count_orders();
    for (int i = 0; i < MEMBERS; i++) {
        member_restore_pruned(&sim.members[i]);
        if (audit_copy(judge.audit, (enum audited)i, member_sqlite(&sim.members[i]), &error) != 0)
            found = -1;
    }
    tell_audit(judge.audit);
    if (found == 0)
        found = audit_run(judge.audit, QUIET | EVENTS | HISTORY, 0, &listener, &error);
    if (found < 0)
        complain(&judge, "", error);
    if (found > 0)
        judge.violations += reports_print(&report, 1, judge.audit, out, false);
    check_orders(&judge);
    check_accounts(&judge);
    check_letters(&judge);
    report_release(&report);
    audit_free(judge.audit);
    free(error);
    return judge.violations;
}
