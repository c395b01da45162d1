/* ctl fault … */
#include "admin.h"
#include "handlers.h"

#include "../base/faults.h"
#include "../base/memory.h"
#include "../base/page.h"
#include "../base/when.h"
#include "../node.h"
#include "../store/db.h"

static struct faults *
faults_of(const struct node *node)
{
    return db_context(node->core.db)->faults;
}

static struct reply
not_allowed(const struct node *node, const struct asked *asked)
{
    return admin_refuse(asked, 409, "faults are not allowed: start %s with --allow-faults (or ALLOW_FAULTS=1)",
                        node->service->name);
}

static struct reply
no_such_fault(const struct asked *asked)
{
    return admin_refuse(asked, 400, "there is no fault \"%s\": fault list shows what there is",
                        argument_text(asked->arguments, "name"));
}

/* "handler-retries at order.created, 10 percent, for another 28.0 s" */
static void
print_order(struct page *page, const struct fault_order *order)
{
    char left[WHEN_TEXT];

    page_print(page, "%s", fault_kinds[order->fault].name);
    if (order->type != NO_TYPE)
        page_print(page, " at %s", envelope_type_name(order->type));
    if (order->ms > 0)
        page_print(page, ", %lld ms", (long long)order->ms);
    if (order->percent < 100)
        page_print(page, ", %d percent", order->percent);
    if (order->crash.point != NO_POINT)
        page_print(page, ": %s at passage %lld of %s from now", crash_how_name(order->crash.how), (long long)order->crash.nth,
                   crash_point_kinds[order->crash.point].name);
    if (order->for_ms > 0)
        page_print(page, ", for another %s", when_age(order->for_ms, left));
}

/* ---- set ---- */

/* NULL, or what is wrong with it. */
static const char *
read_order(const struct asked *asked, struct fault_order *order)
{
    const char *type = argument_text(asked->arguments, "type"), *point = argument_text(asked->arguments, "point");
    const char *how = argument_text(asked->arguments, "how");

    order->type = type == NULL ? NO_TYPE : envelope_type_parse(type);
    order->percent = (int)argument_number(asked->arguments, "percent", 100);
    order->ms = argument_number(asked->arguments, "ms", 0);
    order->for_ms = argument_number(asked->arguments, "for", 0);
    order->crash = (struct crash){ .nth = argument_number(asked->arguments, "nth", 1) };
    if (how != NULL)
        crash_how_parse(how, &order->crash.how);        /* one of the row's choices */
    if (point != NULL && crash_point_parse(point, &order->crash.point) != 0)
        return "there is no such point: --crash-points of the program lists them";
    if (type != NULL && order->type == NO_TYPE)
        return "--type must be a type of event, such as order.created";
    if (argument_text(asked->arguments, "for") != NULL && order->for_ms == 0)
        return "--for must be longer than nothing";
    return fault_order_mistake(order);
}

/* Once the decision is kept: a fault could keep that from being. */
static void
set_now(struct node *node, const struct asked *asked)
{
    struct fault_order order;

    if (fault_parse(argument_text(asked->arguments, "name"), &order.fault) == 0 && read_order(asked, &order) == NULL)
        faults_set(faults_of(node), &order);
}

struct reply
admin_fault_set(struct node *node, struct asked *asked)
{
    struct fault_order order;
    struct page page;
    const char *mistake;

    if (faults_of(node) == NULL)
        return not_allowed(node, asked);
    if (fault_parse(argument_text(asked->arguments, "name"), &order.fault) != 0)
        return no_such_fault(asked);
    mistake = read_order(asked, &order);
    if (mistake != NULL)
        return admin_refuse(asked, 400, "fault set %s: %s", fault_kinds[order.fault].name, mistake);
    asked->then = set_now;
    page_init(&page, asked->arena);
    page_print(&page, "done: ");
    print_order(&page, &order);
    page_print(&page, "\n%s\nwatch: %s", fault_kinds[order.fault].does, fault_kinds[order.fault].watch);
    return admin_say(page.text);
}

/* ---- clear ---- */

/* At once: a fault that makes commits fail must not keep its end from being kept. */
struct reply
admin_fault_clear(struct node *node, struct asked *asked)
{
    const char *name = argument_text(asked->arguments, "name");
    struct faults *faults = faults_of(node);
    enum fault one = FAULTS;
    int count = 0;

    if (faults == NULL)
        return not_allowed(node, asked);
    if (name != NULL && fault_parse(name, &one) != 0)
        return no_such_fault(asked);
    for (int i = 0; i < FAULTS; i++)
        if (name == NULL || (enum fault)i == one)
            count += faults_clear(faults, (enum fault)i);
    if (count == 0)
        return admin_say("nothing changed: none was set");
    return admin_say(arena_format(asked->arena, "done: %d fault%s cleared", count, count == 1 ? "" : "s"));
}

/* ---- list ---- */

struct reply
admin_fault_list(struct node *node, struct asked *asked)
{
    struct faults *faults = faults_of(node);
    struct fault_order order;
    struct page page;

    if (faults == NULL)
        return not_allowed(node, asked);
    page_init(&page, asked->arena);
    for (int i = 0; i < FAULTS; i++) {
        bool set = faults_get(faults, (enum fault)i, &order);

        page_print(&page, "%-16s %-3s %8llu times  %s\n", fault_kinds[i].name, set ? "ON" : "-",
                   (unsigned long long)faults_count(faults, (enum fault)i), fault_kinds[i].does);
        if (!set)
            continue;
        page_print(&page, "    set:   ");
        print_order(&page, &order);
        page_print(&page, "\n    watch: %s\n", fault_kinds[i].watch);
    }
    return admin_say(page.text);
}
