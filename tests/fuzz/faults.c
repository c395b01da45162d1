/* FAULTS: orders that are taken say the same when they are printed and read again; others are told why not. */
#include "../../common/base/faults.h"

#include "../../common/base/clock.h"
#include "../../common/base/log.h"
#include "../../common/base/memory.h"
#include "../../common/base/uuid.h"
#include "fuzz.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the largest unit that fits: it was written with six digits at most. */
static void
print_duration(int64_t ms, FILE *out)
{
    static const struct {
        char name;
        int64_t ms;
    } units[] = { { 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 }, { 's', 1000 } };
    int i = 0;

    while (ms % units[i].ms != 0)
        i++;
    fprintf(out, ":for=%lld%c", (long long)(ms / units[i].ms), units[i].name);
}

/* All that are set, as the setting is written. The caller's to free. */
static char *
print(const struct faults *faults)
{
    struct fault_order order;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    for (int i = 0; i < FAULTS; i++) {
        if (!faults_get(faults, (enum fault)i, &order))
            continue;
        fprintf(out, "%s%s:percent=%d", ftell(out) > 0 ? "," : "", fault_kinds[i].name, order.percent);
        if (order.type != NO_TYPE)
            fprintf(out, ":type=%s", envelope_type_name(order.type));
        if (order.ms > 0)
            fprintf(out, ":ms=%lld", (long long)order.ms);
        if (order.for_ms > 0)
            print_duration(order.for_ms, out);
        if (order.fault == FAULT_CRASH)
            fprintf(out, ":point=%s:how=%s:nth=%lld", crash_point_kinds[order.crash.point].name,
                    crash_how_name(order.crash.how), (long long)order.crash.nth);
    }
    fclose(out);
    return text;
}

/* What it strikes, it may strike: nothing here is outside its table. */
static void
strike(struct faults *faults)
{
    for (int fault = 0; fault < FAULTS; fault++)
        for (int type = NO_TYPE; type < ENVELOPE_TYPES; type++)
            faults_hit(faults, (enum fault)fault, (enum envelope_type)type);
}

void
fuzz_faults(const char *bytes, size_t size)
{
    struct clock clock = clock_manual(1000);
    const struct log log = { .service = "fuzz", .clock = &clock, .fd = -1 };
    struct uuid_source chance;
    struct piece piece = { bytes, size };
    char *text = piece_text(&piece), *error = NULL, *printed, *again;
    struct faults *faults, *others;

    uuid_source_seeded(&chance, 1);
    faults = faults_new(&log, &chance);
    others = faults_new(&log, &chance);
    if (faults_read(faults, text, &error) == 0) {
        MUST(error == NULL, "taken, and complained of: %s", error);
        printed = print(faults);
        MUST(faults_read(others, printed, &error) == 0, "%s: %s", printed, error);
        again = print(others);
        MUST(strcmp(printed, again) == 0, "%s, and the second time %s", printed, again);
        strike(faults);
        free(printed);
        free(again);
    } else {
        MUST(error != NULL, "refused, and nobody says why");
        printed = print(faults);
        MUST(*printed == '\0', "refused, and set: %s", printed);
        free(printed);
    }
    free(error);
    faults_free(faults);
    faults_free(others);
    free(text);
}
