#include "flow.h"

#include "words.h"

#include <string.h>

static const int64_t MOST_MONEY = 1000000000000;

/* ---- steps: each takes what follows its first word ---- */

static int
read_customer(struct flow *flow, struct step *step, struct words *words)
{
    static const char *const kinds[CUSTOMER_KINDS] = { "funded", "poor", "unknown", "hot" };

    (void)step;
    if (flow->step_count > 0)
        return words_mistake(words, "expected `customer` before all other steps of the flow");
    for (int i = 0; i < CUSTOMER_KINDS; i++)
        if (words_take(words, kinds[i])) {
            flow->customer = (enum customer_kind)i;
            return 0;
        }
    return words_expect(words, "funded, poor, unknown or hot");
}

static int
read_deposit(struct flow *flow, struct step *step, struct words *words)
{
    if (flow->customer == CUSTOMER_UNKNOWN)
        return words_mistake(words, "expected no deposit: a customer who is unknown has no account");
    return words_range(words, "an amount in minor units", 1, MOST_MONEY, &step->range);
}

/* "10..20 times 1..3 book at 500..2500"; without "times" it is one item. */
static int
read_group(struct words *words, struct item_group *group)
{
    group->times = (struct range){ 1, 1 };
    if (words_next_is(words, 1, "times")
        && (words_range(words, "how many items", 1, FLOW_ITEMS, &group->times) != 0 || !words_take(words, "times")))
        return -1;
    return words_range(words, "a quantity", 1, 1000000, &group->quantity) == 0
           && words_name(words, "the name of a thing", group->sku, sizeof(group->sku)) == 0
           && words_expect(words, "at") == 0
           && words_range(words, "a price in minor units", 1, 1000000, &group->price) == 0 ? 0 : -1;
}

static int
read_order(struct flow *flow, struct step *step, struct words *words)
{
    (void)step;
    if (flow->group_count > 0)
        return words_mistake(words, "expected no second order: a flow places one");
    do {
        struct item_group *group = &flow->groups[flow->group_count];

        if (flow->group_count == FLOW_GROUPS)
            return words_mistake(words, "expected at most %d things with commas between them", FLOW_GROUPS);
        if (read_group(words, group) != 0)
            return -1;
        flow->group_count++;
        flow->most_items += group->times.high;
        if (flow->most_items > FLOW_ITEMS)
            return words_mistake(words, "expected at most %d items in an order, found up to %lld", FLOW_ITEMS,
                                 (long long)flow->most_items);
    } while (words_take(words, ","));
    return 0;
}

static int
read_within(struct step *step, struct words *words)
{
    return words_take(words, "within") ? words_length(words, &step->within_us) : 0;
}

static int
read_wait(struct flow *flow, struct step *step, struct words *words)
{
    (void)flow;
    if (words_expect(words, "until") != 0 || words_statuses(words, &step->statuses) != 0)
        return -1;
    return read_within(step, words);
}

static int
read_expect(struct flow *flow, struct step *step, struct words *words)
{
    (void)flow;
    if (!words_take(words, "notified"))
        return words_statuses(words, &step->statuses);
    step->kind = STEP_EXPECT_NOTIFIED;
    return words_kinds(words, &step->statuses) == 0 ? read_within(step, words) : -1;
}

static int
read_cancel(struct flow *flow, struct step *step, struct words *words)
{
    (void)flow;
    return words_take(words, "after") ? words_time(words, &step->range) : 0;
}

static int
read_pause(struct flow *flow, struct step *step, struct words *words)
{
    (void)flow;
    return words_time(words, &step->range);
}

static int
read_nothing(struct flow *flow, struct step *step, struct words *words)
{
    (void)flow, (void)step, (void)words;
    return 0;
}

/* The language. */
static const struct verb {
    const char *name;
    int (*read)(struct flow *flow, struct step *step, struct words *words);
    enum step_kind kind;
    bool is_step, after_order;      /* `customer` is no step; some make sense only when there is an order */
} language[] = {
    { "customer", read_customer, 0, false, false },
    { "deposit", read_deposit, STEP_DEPOSIT, true, false },
    { "order", read_order, STEP_ORDER, true, false },
    { "repeat", read_nothing, STEP_REPEAT, true, true },
    { "wait", read_wait, STEP_WAIT, true, true },
    { "expect", read_expect, STEP_EXPECT, true, true },
    { "cancel", read_cancel, STEP_CANCEL, true, true },
    { "pause", read_pause, STEP_PAUSE, true, false },
};

enum { VERBS = sizeof(language) / sizeof(language[0]) };

/* ---- lines ---- */

static int
read_step(struct flow *flow, const struct verb *verb, struct words *words)
{
    struct step step = { .kind = verb->kind, .line = words->line };

    if (verb->after_order && flow->group_count == 0)
        return words_mistake(words, "expected `order` before `%s`", verb->name);
    if (flow->step_count == FLOW_STEPS)
        return words_mistake(words, "expected at most %d steps in a flow", FLOW_STEPS);
    if (verb->read(flow, &step, words) != 0)
        return -1;
    if (verb->is_step)
        flow->steps[flow->step_count++] = step;
    return 0;
}

int
flow_read_line(struct flow *flow, struct words *words)
{
    const struct verb *verb = language;

    while (verb < language + VERBS && !words_take(words, verb->name))
        verb++;
    if (verb == language + VERBS)
        return words_expect(words, "customer, deposit, order, repeat, wait, expect, cancel or pause");
    return read_step(flow, verb, words) == 0 ? words_end(words) : -1;
}

int
flow_read_end(const struct flow *flow, struct words *words)
{
    return flow->group_count > 0 ? 0 : words_mistake(words, "expected an order, found the end of the file");
}

/* "tests/load/flows/happy.flow" is called happy. */
void
flow_init(struct flow *flow, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    char *end;

    *flow = (struct flow){ .customer = CUSTOMER_FUNDED };
    snprintf(flow->path, sizeof(flow->path), "%s", path);
    snprintf(flow->name, sizeof(flow->name), "%s", name);
    end = strrchr(flow->name, '.');
    if (end != NULL && strcmp(end, ".flow") == 0)
        *end = '\0';
}
