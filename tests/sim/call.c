#include "call.h"

#include "../../common/http/request.h"
#include "sim.h"

#include <stdlib.h>

enum { PATIENCE_US = 10000000 };

struct call {
    struct task transit;         /* to the service, and back */
    struct task patience;
    struct question question;
    struct answer answer;
    void (*on_answer)(void *context, const struct answer *answer);
    void *context;
    bool told;                   /* the customer was, or waits no more */
    bool held;                   /* the service has it */
};

static void
end_if_over(struct call *call)
{
    if (call->told && !call->held && call->transit.place == 0)
        free(call);
}

static void
tell(struct call *call, const struct answer *answer)
{
    agenda_remove(&sim.agenda, &call->patience);
    if (!call->told) {
        call->told = true;
        sim.tally.unanswered += answer->status == 0;
        call->on_answer(call->context, answer);
    }
    end_if_over(call);
}

static void
on_returned(void *context)
{
    struct call *call = context;

    tell(call, &call->answer);
}

static void
on_impatient(void *context)
{
    static const struct answer none = { 0, "", "" };

    tell(context, &none);
}

static void
send_back(struct call *call)
{
    call->transit.run = on_returned;
    agenda_put(&sim.agenda, &call->transit, sim_now_us() + sim_latency_us());
}

static void
on_arrived(void *context)
{
    struct call *call = context;

    call->answer = (struct answer){ 0, "", "" };
    if (sim_strikes(FAULT_REQUEST)) {
        end_if_over(call);       /* the customer waits in vain */
        return;
    }
    call->held = true;
    if (!server_take(&sim.members[call->question.member], call)) {
        call->held = false;
        send_back(call);
    }
}

void
call_send(const struct question *question, void (*on_answer)(void *, const struct answer *), void *context)
{
    struct call *call = memory_new(1, sizeof(*call));

    sim.tally.requests++;
    *call = (struct call){
        .transit = { .run = on_arrived, .context = call },
        .patience = { .run = on_impatient, .context = call },
        .question = *question,
        .on_answer = on_answer,
        .context = context,
    };
    agenda_put(&sim.agenda, &call->transit, sim_now_us() + sim_latency_us());
    agenda_put(&sim.agenda, &call->patience, sim_now_us() + PATIENCE_US + question->wait_ms * 1000);
}

const struct question *
call_question(const struct call *call)
{
    return &call->question;
}

void
call_answer(struct call *call, const struct reply *reply)
{
    call->held = false;
    if (reply != NULL)
        call->answer = (struct answer){
            .status = reply->status,
            .body = reply->body == NULL ? "" : arena_bytes(&sim.arena, reply->body, reply->size),
            .location = reply->location == NULL ? "" : arena_text(&sim.arena, reply->location),
        };
    if (reply != NULL && sim_strikes(FAULT_REPLY))
        end_if_over(call);
    else
        send_back(call);
}
