#include "flow_print.h"

#include "../load/mix.h"
#include "../load/status.h"

#include <math.h>
#include <stdbool.h>

/* ---- a flow ---- */

static void
print_range(const struct range *range, const char *unit, FILE *out)
{
    if (range->low == range->high)
        fprintf(out, "%lld%s", (long long)range->low, unit);
    else
        fprintf(out, "%lld..%lld%s", (long long)range->low, (long long)range->high, unit);
}

/* All times are whole milliseconds. */
static void
print_time(const struct range *us, FILE *out)
{
    print_range(&(struct range){ us->low / 1000, us->high / 1000 }, "ms", out);
}

static void
print_within(const struct step *step, FILE *out)
{
    if (step->within_us > 0)
        fprintf(out, " within %lldms", (long long)(step->within_us / 1000));
}

/* The names of a set have " or " between them; kinds of notifications are written small. */
static void
print_set(unsigned set, bool small, FILE *out)
{
    char text[STATUS_TEXT];

    fputc(' ', out);
    for (const char *c = status_names(set, text); *c != '\0'; c++)
        fputc(small && *c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c, out);
}

/* No longer than it was: a line has its limit. */
static void
print_order(const struct flow *flow, FILE *out)
{
    for (int i = 0; i < flow->group_count; i++) {
        const struct item_group *group = &flow->groups[i];

        fputs(i == 0 ? "order " : ",", out);
        if (group->times.high > 1)
            print_range(&group->times, " times ", out);
        print_range(&group->quantity, "", out);
        fprintf(out, " %s at ", group->sku);
        print_range(&group->price, "", out);
    }
}

static void
print_step(const struct flow *flow, const struct step *step, FILE *out)
{
    static const char *const verbs[] = {
        [STEP_DEPOSIT] = "deposit ", [STEP_ORDER] = "", [STEP_REPEAT] = "repeat", [STEP_WAIT] = "wait until",
        [STEP_EXPECT] = "expect", [STEP_EXPECT_NOTIFIED] = "expect notified", [STEP_CANCEL] = "cancel after ",
        [STEP_PAUSE] = "pause ",
    };

    fputs(verbs[step->kind], out);
    if (step->kind == STEP_ORDER)
        print_order(flow, out);
    if (step->kind == STEP_DEPOSIT)
        print_range(&step->range, "", out);
    if (step->kind == STEP_CANCEL || step->kind == STEP_PAUSE)
        print_time(&step->range, out);
    if (step->kind == STEP_WAIT || step->kind == STEP_EXPECT || step->kind == STEP_EXPECT_NOTIFIED)
        print_set(step->statuses, step->kind == STEP_EXPECT_NOTIFIED, out);
    print_within(step, out);
    fputc('\n', out);
}

void
flow_print(const struct flow *flow, FILE *out)
{
    static const char *const kinds[CUSTOMER_KINDS] = { "funded", "poor", "unknown", "hot" };

    fprintf(out, "customer %s\n", kinds[flow->customer]);
    for (int i = 0; i < flow->step_count; i++)
        print_step(flow, &flow->steps[i], out);
}

/* ---- a mix ---- */

static bool
print_segment(const struct segment *segment, FILE *out)
{
    long long ms = segment->length_us / 1000;

    if (segment->kind == SEGMENT_DRAIN)
        fputs("drain\n", out);
    else if (segment->kind == SEGMENT_CLOSED)
        fprintf(out, "closed %lld clients for %lldms\n", (long long)segment->clients, ms);
    else if (segment->from != trunc(segment->from) || segment->to != trunc(segment->to) || segment->from > 100000)
        return false;
    else if (segment->from == segment->to)
        fprintf(out, "hold %.0f/s for %lldms\n", segment->from, ms);
    else
        fprintf(out, "ramp %.0f..%.0f/s over %lldms\n", segment->from, segment->to, ms);
    return true;
}

int
mix_print(const struct mix *mix, FILE *out)
{
    int count = 0;

    for (int i = 0; i < mix->count; i++)
        fprintf(out, "%lld %s\n", (long long)mix->shares[i].weight, mix->shares[i].flow->name);
    for (int i = 0; i < mix->segment_count; i++)
        count += print_segment(&mix->segments[i], out);
    return count;
}
