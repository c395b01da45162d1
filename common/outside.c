#include "outside.h"

#include "service.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct completion *
outside_completion(const struct service *service, const char *name)
{
    const struct completion *row = service->completions;

    while (row->handle != NULL && strcmp(row->name, name) != 0)
        row++;
    assert(row->handle != NULL && "an ending that service.c does not list");
    return row;
}

struct result
outside_answered(struct core *core, const struct call *call, const struct answer *answer, int64_t now_ms,
                 struct ending *ending)
{
    char id[100];
    struct envelope in = {
        .id = id,
        .subject = call->subject,
        .traceparent = call->traceparent,
        .received_at = now_ms,
    };

    *ending = core->service->outside->judge(core->db, call, answer);
    in.data = ending->data;
    in.data_size = strlen(ending->data);
    snprintf(id, sizeof(id), "completion:%.30s:%.40s", ending->completion, call->id);
    return core_complete(core, outside_completion(core->service, ending->completion), &in);
}
