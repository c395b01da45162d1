#include "ask.h"

#include "../../common/http/request.h"
#include "sim.h"

#include <stdlib.h>

enum { PATIENCE_US = 10000000 };

struct ask {
    struct task transit;         /* to the service, and back */
    struct task patience;
    struct question question;
    struct response answer;
    void (*on_answer)(void *context, const struct response *answer);
    void *context;
    bool told;                   /* the customer was, or waits no more */
    bool held;                   /* the service has it */
};

static void
end_if_over(struct ask *ask)
{
    if (ask->told && !ask->held && ask->transit.place == 0)
        free(ask);
}

static void
tell(struct ask *ask, const struct response *answer)
{
    agenda_remove(&sim.agenda, &ask->patience);
    if (!ask->told) {
        ask->told = true;
        sim.tally.unanswered += answer->status == 0;
        ask->on_answer(ask->context, answer);
    }
    end_if_over(ask);
}

static void
on_returned(void *context)
{
    struct ask *ask = context;

    tell(ask, &ask->answer);
}

static void
on_impatient(void *context)
{
    static const struct response none = { 0, "", "" };

    tell(context, &none);
}

static void
send_back(struct ask *ask)
{
    ask->transit.run = on_returned;
    agenda_put(&sim.agenda, &ask->transit, sim_now_us() + sim_latency_us());
}

static void
on_arrived(void *context)
{
    struct ask *ask = context;
    struct member *member = &sim.members[ask->question.member];

    if (member->stalled_until_us > sim_now_us()) {
        agenda_put(&sim.agenda, &ask->transit, member->stalled_until_us);
        return;
    }
    ask->answer = (struct response){ 0, "", "" };
    if (sim_strikes(MISHAP_REQUEST)) {
        end_if_over(ask);       /* the customer waits in vain */
        return;
    }
    ask->held = true;
    if (!server_take(member, ask)) {
        ask->held = false;
        send_back(ask);
    }
}

void
ask_send(const struct question *question, void (*on_answer)(void *, const struct response *), void *context)
{
    struct ask *ask = memory_new(1, sizeof(*ask));

    sim.tally.requests++;
    *ask = (struct ask){
        .transit = { .run = on_arrived, .context = ask },
        .patience = { .run = on_impatient, .context = ask },
        .question = *question,
        .on_answer = on_answer,
        .context = context,
    };
    agenda_put(&sim.agenda, &ask->transit, sim_now_us() + sim_latency_us());
    agenda_put(&sim.agenda, &ask->patience, sim_now_us() + PATIENCE_US + question->wait_ms * 1000);
}

const struct question *
ask_question(const struct ask *ask)
{
    return &ask->question;
}

void
ask_answer(struct ask *ask, const struct reply *reply)
{
    ask->held = false;
    if (reply != NULL)
        ask->answer = (struct response){
            .status = reply->status,
            .body = reply->body == NULL ? "" : arena_bytes(&sim.arena, reply->body, reply->size),
            .location = reply->location == NULL ? "" : arena_text(&sim.arena, reply->location),
        };
    if (reply != NULL && sim_strikes(MISHAP_REPLY))
        end_if_over(ask);
    else
        send_back(ask);
}
