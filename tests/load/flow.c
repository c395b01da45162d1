#include "flow.h"

#include "../../common/base/memory.h"
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MOST_MONEY = 1000000000000;

/* What the lines read so far have made. */
struct reading {
    struct words words;
    struct flows *flows;
    struct flow *flow;          /* the one the lines belong to; NULL before the first */
};

/* ---- steps: each takes what follows its first word ---- */

static int
read_customer(struct reading *reading, struct step *step)
{
    static const char *const kinds[] = { "funded", "poor", "unknown" };

    (void)step;
    if (reading->flow->step_count > 0)
        return words_mistake(&reading->words, "expected `customer` before all other steps of the flow");
    for (int i = 0; i < 3; i++)
        if (words_take(&reading->words, kinds[i])) {
            reading->flow->customer = (enum customer_kind)i;
            return 0;
        }
    return words_expect(&reading->words, "funded, poor or unknown");
}

static int
read_deposit(struct reading *reading, struct step *step)
{
    if (reading->flow->customer == CUSTOMER_UNKNOWN)
        return words_mistake(&reading->words, "expected no deposit: a customer who is unknown has no account");
    return words_range(&reading->words, "an amount in minor units", 1, MOST_MONEY, &step->range);
}

static int
read_item(struct words *words, struct item *item)
{
    return words_range(words, "a quantity", 1, 1000000, &item->quantity) == 0
           && words_name(words, "the name of a thing", item->sku, sizeof(item->sku)) == 0
           && words_expect(words, "at") == 0
           && words_range(words, "a price in minor units", 1, 1000000, &item->price) == 0 ? 0 : -1;
}

static int
read_order(struct reading *reading, struct step *step)
{
    struct flow *flow = reading->flow;

    (void)step;
    if (flow->item_count > 0)
        return words_mistake(&reading->words, "expected no second order: a flow places one");
    do {
        if (flow->item_count == FLOW_ITEMS)
            return words_mistake(&reading->words, "an order has at most %d items", FLOW_ITEMS);
        if (read_item(&reading->words, &flow->items[flow->item_count++]) != 0)
            return -1;
    } while (words_take(&reading->words, ","));
    return 0;
}

static int
read_wait(struct reading *reading, struct step *step)
{
    struct words *words = &reading->words;
    struct range within;

    if (words_expect(words, "until") != 0 || words_statuses(words, &step->statuses) != 0)
        return -1;
    if (!words_take(words, "within"))
        return 0;
    if (words_time(words, &within) != 0)
        return -1;
    step->within_us = within.high;
    return 0;
}

static int
read_expect(struct reading *reading, struct step *step)
{
    return words_statuses(&reading->words, &step->statuses);
}

static int
read_pause(struct reading *reading, struct step *step)
{
    return words_time(&reading->words, &step->range);
}

static int
read_nothing(struct reading *reading, struct step *step)
{
    (void)reading, (void)step;
    return 0;
}

/* The language. */
static const struct word {
    const char *name;
    int (*read)(struct reading *reading, struct step *step);
    enum step_kind kind;
    bool is_step, after_order;      /* `customer` is no step; some make sense only when there is an order */
} language[] = {
    { "customer", read_customer, 0, false, false },
    { "deposit", read_deposit, STEP_DEPOSIT, true, false },
    { "order", read_order, STEP_ORDER, true, false },
    { "repeat", read_nothing, STEP_REPEAT, true, true },
    { "wait", read_wait, STEP_WAIT, true, true },
    { "expect", read_expect, STEP_EXPECT, true, true },
    { "cancel", read_nothing, STEP_CANCEL, true, true },
    { "pause", read_pause, STEP_PAUSE, true, false },
};

enum { WORDS_OF_LANGUAGE = sizeof(language) / sizeof(language[0]) };

/* ---- lines ---- */

static int
end_flow(struct reading *reading)
{
    if (reading->flow == NULL || reading->flow->item_count > 0)
        return 0;
    reading->words.line = reading->flow->line;
    return words_mistake(&reading->words, "expected an order in flow %s", reading->flow->name);
}

static int
begin_flow(struct reading *reading)
{
    struct words *words = &reading->words;
    struct flow *flow = &reading->flows->flows[reading->flows->count];
    struct range weight;
    int line = words->line;

    if (end_flow(reading) != 0)
        return -1;
    words->line = line;
    if (reading->flows->count == FLOWS)
        return words_mistake(words, "there are at most %d flows", FLOWS);
    if (words_name(words, "the name of a flow", flow->name, sizeof(flow->name)) != 0
        || words_range(words, "its weight", 1, 1000000, &weight) != 0)
        return -1;
    if (weight.low != weight.high)
        return words_mistake(words, "a weight is one number");
    for (int i = 0; i < reading->flows->count; i++)
        if (strcmp(reading->flows->flows[i].name, flow->name) == 0)
            return words_mistake(words, "flow %s is in line %d already; choose another name", flow->name,
                                 reading->flows->flows[i].line);
    flow->line = line;
    flow->weight = weight.low;
    reading->flows->weights += flow->weight;
    reading->flows->count++;
    reading->flow = flow;
    return 0;
}

static int
read_step(struct reading *reading, const struct word *word)
{
    struct flow *flow = reading->flow;
    struct step step = { .kind = word->kind, .line = reading->words.line };

    if (flow == NULL)
        return words_mistake(&reading->words, "expected `flow NAME WEIGHT` before the first step");
    if (word->after_order && flow->item_count == 0)
        return words_mistake(&reading->words, "expected `order` before `%s`", word->name);
    if (flow->step_count == FLOW_STEPS)
        return words_mistake(&reading->words, "a flow has at most %d steps", FLOW_STEPS);
    if (word->read(reading, &step) != 0)
        return -1;
    if (word->is_step)
        flow->steps[flow->step_count++] = step;
    return 0;
}

static int
read_line(struct reading *reading, const char *line)
{
    struct words *words = &reading->words;
    const struct word *word = language;

    if (words_split(words, line) != 0)
        return -1;
    if (words->count == 0)
        return 0;
    if (words_take(words, "flow"))
        return begin_flow(reading) == 0 ? words_end(words) : -1;
    while (word < language + WORDS_OF_LANGUAGE && !words_take(words, word->name))
        word++;
    if (word == language + WORDS_OF_LANGUAGE)
        return words_expect(words, "flow, customer, deposit, order, repeat, wait, expect, cancel or pause");
    return read_step(reading, word) == 0 ? words_end(words) : -1;
}

struct flows *
flows_read(FILE *file, const char *name, char **error)
{
    struct flows *flows = memory_new(1, sizeof(*flows));
    struct reading reading = { .words = { .file = name, .error = error }, .flows = flows };
    char line[2 * WORDS_LINE];
    int result = 0;

    errno = 0;
    while (result == 0 && fgets(line, sizeof(line), file) != NULL) {
        reading.words.line++;
        result = read_line(&reading, line);
    }
    if (result == 0 && ferror(file))
        result = words_mistake(&reading.words, "cannot read on: %s", strerror(errno));
    if (result == 0)
        result = end_flow(&reading);
    if (result == 0 && flows->count == 0)
        result = words_mistake(&reading.words, "expected at least one `flow NAME WEIGHT`");
    if (result == 0)
        return flows;
    flows_free(flows);
    return NULL;
}

void
flows_free(struct flows *flows)
{
    free(flows);
}

const struct flow *
flows_choose(const struct flows *flows, int64_t point)
{
    const struct flow *flow = flows->flows;

    while (point >= flow->weight)
        point -= flow++->weight;
    return flow;
}
