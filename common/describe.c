#include "describe.h"

#include "base/crash_point.h"
#include "feed.h"
#include "outside.h"
#include "service.h"

extern const char common_schema[];

static void
print_emits(const enum envelope_type emits[EMITS], FILE *out)
{
    for (int i = 0; i < EMITS && emits[i] != NO_TYPE; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", envelope_type_name(emits[i]));
    if (emits[0] == NO_TYPE)
        fputs("-", out);
}

static void
print_routes(const struct route *route, FILE *out)
{
    for (; route->handle != NULL; route++) {
        fprintf(out, "request     %-4s %-35s says ", route->method, route->path);
        print_emits(route->emits, out);
        if (route->if_refused != NULL) {
            fputs("; if the broker refuses it: ", out);
            print_emits(route->if_refused_emits, out);
        }
        fputs("\n", out);
    }
}

static void
print_reactions(const struct reaction *reaction, FILE *out)
{
    for (; reaction->handle != NULL; reaction++) {
        fprintf(out, "event       %-20s %-19s says ", envelope_type_name(reaction->on),
                reaction->once == BY_STATE ? "(once by state)" : "(once by event id)");
        print_emits(reaction->emits, out);
        if (reaction->give_up != NULL) {
            fputs("; given up: ", out);
            print_emits(reaction->give_up_emits, out);
        }
        if (reaction->compensates)
            fputs("; never given up", out);
        fputs("\n", out);
    }
}

void
describe_reactions(const struct service *service, FILE *out)
{
    const struct timer *timer;
    const struct completion *completion;

    fprintf(out, "%s speaks on %s\n", service->name, topic_name(service->speaks_on));
    print_routes(service->routes, out);
    print_reactions(service->reactions, out);
    for (timer = service->timers; timer->handle != NULL; timer++) {
        fprintf(out, "timer       %-20s at the end of %-9s says ", timer->name, topic_name(timer->at_end_of));
        print_emits(timer->emits, out);
        fputs("\n", out);
    }
    if (service->feed != NULL)
        fprintf(out, "feed        GET  %-35s every change, as server-sent events\n", service->feed->path);
    if (service->outside != NULL)
        fprintf(out, "call        %-40s comes back as a completion\n", service->outside->name);
    for (completion = service->completions; completion->handle != NULL; completion++) {
        fprintf(out, "completion  %-40s says ", completion->name);
        print_emits(completion->emits, out);
        fputs("\n", out);
    }
}

void
describe_schema(const struct service *service, FILE *out)
{
    fprintf(out, "%s\n%s", common_schema, service->schema);
}

void
describe_crash_points(FILE *out)
{
    static const char *const passages[] = {
        [PASSED_ONCE] = "once", [PASSED_OFTEN] = "often", [PASSED_IN_HANDLER] = "often, also in a handler",
    };

    fputs("| point | passed | durable at this moment | what a restart does | an I/O error |\n|---|---|---|---|---|\n", out);
    for (int i = NO_POINT + 1; i < CRASH_POINTS; i++) {
        const struct crash_point_kind *kind = &crash_point_kinds[i];

        fprintf(out, "| %s | %s | %s | %s | %s |\n", kind->name, passages[kind->passed], kind->durable, kind->restart,
                kind->io_error == NULL ? "-" : kind->io_error);
    }
}
