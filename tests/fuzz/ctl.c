/* What two clients say on the operators' socket (dialogue.h says how it is written): answers are text without anything that a
 * terminal obeys, each decision is kept once, and what was not understood has changed nothing. */
#include "../../common/base/memory.h"
#include "../../common/http/server_private.h"
#include "../../common/store/db.h"
#include "dialogue.h"
#include "fuzz.h"
#include "input.h"
#include "json.h"
#include "kept.h"

#include <string.h>

static struct server_handler nodes_own;

/* A backup goes wherever it is told, and takes its time: here it goes where it cannot. */
static void
on_request(void *context, struct exchange *exchange)
{
    const char *file = request_query(&exchange->request, "file");

    if (strcmp(exchange->request.path, "/backup") == 0 && file != NULL && file[0] == '/')
        exchange->request.query = arena_format(&exchange->arena, "file=%s/there-is-none/backup", input_folder());
    nodes_own.on_request(context, exchange);
}

struct tally {
    int decided;
    bool unheard;
};

/* What stands in records and requests reaches a terminal as text only. */
static void
check_text(const char *text)
{
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        MUST(text_is_harmless(line, strcspn(line, "\n")), "a control character on a terminal: %s", text);
        line += strcspn(line, "\n");
    }
}

/* Decisions that were made or refused for their state; not what was not understood, nor what could not be kept. */
static bool
is_kept(const struct response *response)
{
    if (response->status == 200)
        return strncmp(response->body, "done: ", 6) == 0 || strncmp(response->body, "nothing changed: ", 17) == 0;
    return response->status == 409
           || (response->status == 503 && strncmp(response->body, "the database takes no writes", 28) != 0);
}

static void
take(void *context, const struct client *client, const struct response *response)
{
    struct tally *tally = context;

    tally->unheard |= client->half_closed;
    if (response->body == NULL || strcmp(response->type, "text/plain; charset=utf-8") != 0) {
        tally->unheard |= response->body == NULL && response->status >= 200;       /* of HEAD */
        if (response->body != NULL && strcmp(response->type, "text/html") != 0)
            json_must_be_problem(response->body, response->status);
        return;
    }
    check_text(response->body);
    /* Said to questions as well, which are not kept. Faults are not allowed: a crash would be one. */
    tally->unheard |= strncmp(response->body, "faults are not allowed", 22) == 0;
    tally->decided += is_kept(response);
}

static void
check_rows(const struct tally *tally)
{
    struct db *db = served_node()->core.db;
    int64_t decisions = kept_number(db, "SELECT count(*) FROM operation");

    MUST(decisions == tally->decided || tally->unheard, "%d decisions were answered, %lld are kept", tally->decided,
         (long long)decisions);
    MUST(kept_number(db, "SELECT count(*) FROM orders") == 5, "an operator made an order");
}

static void
watch(struct node *node)
{
    if (nodes_own.on_request != NULL)
        return;
    nodes_own = node->operators->handler;
    node->operators->handler.on_request = on_request;
}

static void
resume_all(struct node *node)
{
    struct partition_state state;

    for (int i = 0; consumer_partition(node->consumer, i, &state); i++)
        if (state.stopped != NULL)
            consumer_resume(node->consumer, state.topic, state.partition);
}

void
fuzz_ctl(const char *bytes, size_t size)
{
    struct node *node = served_node();
    struct client clients[SERVED_CLIENTS];
    struct tally tally = { 0 };

    watch(node);
    strcpy(node->other_cluster, "other");
    served_connect(clients, true);
    dialogue_play(clients, bytes, size);
    for (int i = 0; i < SERVED_CLIENTS; i++)
        tally.unheard |= clients[i].half_closed;
    dialogue_answers(clients, bytes, size, take, &tally);
    check_rows(&tally);
    resume_all(node);
    served_end(clients);
}
