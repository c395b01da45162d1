/* The load driver's files: a mix or a flow, and after each byte ff one more flow, which the mix may name a, b, c … What is read is
 * printed and read again; a mistake is told with its file and line. Schedules count right. */
#include "../load/flow.h"

#include "../load/mix.h"
#include "flow_print.h"
#include "fuzz.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLOWS = 4 };

/* ---- a folder of files ---- */

static void
path_of(const char *name, char path[FLOW_PATH])
{
    snprintf(path, FLOW_PATH, "%s/%s.flow", input_folder(), name);
}

/* "play.flow", "a.flow", … */
static const char *
name_of(int i)
{
    static const char *const names[FLOWS + 1] = { "play", "a", "b", "c", "d" };

    return names[i];
}

static FILE *
open_file(const char *name)
{
    char path[FLOW_PATH];
    FILE *file;

    path_of(name, path);
    unlink(path);               /* what replaces a file would be written to the disk at once */
    file = fopen(path, "w");
    MUST(file != NULL, "cannot write %s", path);
    return file;
}

static void
write_files(const char *bytes, size_t size)
{
    struct input input = input_of(bytes, size);
    struct piece piece;

    for (int i = 0; i <= FLOWS; i++) {
        FILE *file = open_file(name_of(i));

        if (input_take(&input, '\xff', &piece) && piece.size > 0)
            fwrite(piece.bytes, 1, piece.size, file);
        fclose(file);
    }
}

static struct mix *
read_mix(char **error)
{
    char path[FLOW_PATH];

    path_of("play", path);
    return mix_read(path, error);
}

/* ---- what was read ---- */

static void
check_segment(const struct segment *segment)
{
    uint64_t orders, before = 0;

    if (segment->kind != SEGMENT_OPEN)
        return;
    orders = segment_orders(segment);
    MUST(orders <= 1000000000000, "%llu orders", (unsigned long long)orders);
    for (int64_t part = 0; part <= 8; part++) {
        uint64_t due = segment_due(segment, segment->length_us / 8 * part);

        MUST(due >= before && due <= orders, "%llu are due after %llu, of %llu", (unsigned long long)due,
             (unsigned long long)before, (unsigned long long)orders);
        before = due;
    }
    MUST(segment_due(segment, segment->length_us) == orders, "at its end not all are due");
    MUST(orders == 0 || segment_due_us(segment, orders - 1) <= segment->length_us, "the last one is due after the end");
}

static void
check_mix(const struct mix *mix)
{
    int64_t weights = 0;

    MUST(mix->count > 0 && mix->count <= MIX_SHARES && mix->segment_count <= MIX_SEGMENTS, "too many lines");
    for (int i = 0; i < mix->count; i++)
        weights += mix->shares[i].weight;
    MUST(weights == mix->weights && weights > 0, "the weights do not add up");
    MUST(mix_choose(mix, 0) == mix->shares[0].flow && mix_choose(mix, weights - 1) == mix->shares[mix->count - 1].flow,
         "a share is never chosen");
    for (int i = 0; i < mix->segment_count; i++)
        check_segment(&mix->segments[i]);
    MUST(mix_rate(mix) >= 0 && mix_clients(mix) >= 0, "a rate below nothing");
}

/* ---- printed and read again ---- */

static void
must_be_same_flow(const struct flow *one, const struct flow *other)
{
    MUST(strcmp(one->name, other->name) == 0 && one->customer == other->customer && one->step_count == other->step_count
         && one->group_count == other->group_count && one->most_items == other->most_items, "%s is another flow", one->name);
    MUST(memcmp(one->groups, other->groups, sizeof(one->groups)) == 0, "%s orders something else", one->name);
    for (int i = 0; i < one->step_count; i++) {
        const struct step *a = &one->steps[i], *b = &other->steps[i];

        MUST(a->kind == b->kind && a->statuses == b->statuses && a->within_us == b->within_us && a->range.low == b->range.low
             && a->range.high == b->range.high, "step %d of %s is another one", i + 1, one->name);
    }
}

static void
print_flows(const struct mix *mix)
{
    for (int i = 0; i < mix->count; i++) {
        FILE *file = open_file(mix->shares[i].flow->name);

        flow_print(mix->shares[i].flow, file);
        fclose(file);
    }
}

static void
check_again(const struct mix *mix, bool is_mix)
{
    int segments = mix->segment_count;
    char *error = NULL;
    struct mix *again;

    print_flows(mix);
    if (is_mix) {
        FILE *file = open_file("play");

        segments = mix_print(mix, file);
        fclose(file);
    }
    again = read_mix(&error);
    MUST(again != NULL, "printed, it is wrong: %s", error);
    MUST(again->count == mix->count && again->segment_count == segments && again->weights == mix->weights, "it is another mix");
    for (int i = 0; i < mix->count; i++)
        must_be_same_flow(mix->shares[i].flow, again->shares[i].flow);
    mix_free(again);
}

/* Only the files of this folder can be named: names have no slash in them. */
void
fuzz_flow(const char *bytes, size_t size)
{
    char *error = NULL;
    struct mix *mix;
    bool is_mix;

    write_files(bytes, size);
    mix = read_mix(&error);
    if (mix != NULL) {
        is_mix = mix->shares[0].line > 0;
        check_mix(mix);
        check_again(mix, is_mix);
        mix_free(mix);
    } else {
        MUST(error != NULL && strncmp(error, input_folder(), strlen(input_folder())) == 0 && strstr(error, ".flow:") != NULL
             && strchr(error, '\n') == NULL, "where is it: %s", error);
    }
    free(error);
}
