/* Every command of `ctl`: a new one is a row here and a handler. */
#include "handlers.h"

#include <stdint.h>

#define PLACE(name_, shown_, ...) { .name = (name_), .shown = (shown_), .required = true, __VA_ARGS__ }
#define OPTION(name_, shown_, ...) { .name = (name_), .shown = (shown_), .option = true, __VA_ARGS__ }
#define NUMBER(min_, max_) .kind = ARGUMENT_NUMBER, .min = (min_), .max = (max_)
#define LENGTH(min_, max_) .kind = ARGUMENT_TEXT, .min = (min_), .max = (max_)
#define ONE_OF(choices_) .kind = ARGUMENT_TEXT, .choices = (choices_)

#define SEQ PLACE("seq", "SEQ", NUMBER(1, INT64_MAX))
#define LETTER PLACE("id", "ID", NUMBER(1, INT64_MAX))
#define TOPIC PLACE("topic", "TOPIC", ONE_OF(topics))
#define PARTITION PLACE("partition", "PARTITION", NUMBER(0, 999))
#define FAULT PLACE("name", "NAME", LENGTH(1, 40))
#define REASON OPTION("reason", "REASON", LENGTH(1, 64))
#define MAX(max_) OPTION("max", "N", NUMBER(1, max_))
#define WHY OPTION("why", "TEXT", LENGTH(0, 500))
/* Where something is given up, the reason has to be said. */
#define WHY_NEEDED OPTION("why", "TEXT", LENGTH(1, 500), .required = true)
#define FLAG(name_) { .name = (name_), .kind = ARGUMENT_FLAG, .option = true }

static const char *const topics[] = { "orders", "payments", "notifications", "orders.DLT", "payments.DLT",
                                      "notifications.DLT", NULL };
static const char *const row_states[] = { "PENDING", "SENT", "PARKED", "WAITING", "WAITING_TOPIC", "ABANDONED", "SKIPPED", NULL };
static const char *const hows[] = { "kill", "abort", "io-error", NULL };
static const char *const letter_states[] = { "OPEN", "DONE", "DISCARDED", NULL };

/* Those of one noun stand together. */
const struct command commands[] = {
    { "status", { { 0 } }, "is it well, and if not, what to do", false, admin_status, NULL },
    { "ready", { { 0 } }, "whether it accepts writes: exit status 0 if so", false, admin_ready, NULL },

    { "outbox list", { OPTION("state", "STATE", ONE_OF(row_states)), MAX(10000) },
      "rows that are to be sent or wait for a decision, or those of one state", false, admin_outbox_list, NULL },
    { "outbox show", { SEQ }, "one row, with its data", false, admin_outbox_show, NULL },
    { "outbox retry", { SEQ, WHY }, "sends a PARKED row again, and what waits behind it", true, admin_outbox_retry, NULL },
    { "outbox skip", { SEQ, WHY_NEEDED }, "gives a PARKED row up for good, and sends what waits behind it", true,
      admin_outbox_skip, NULL },
    { "outbox republish",
      { OPTION("from", "SEQ", NUMBER(1, INT64_MAX)), OPTION("to", "SEQ", NUMBER(1, INT64_MAX)),
        OPTION("since", "TIME", .kind = ARGUMENT_TIME), WHY },
      "sends rows that were sent once more, with the same ids: listeners notice the duplicates", true,
      admin_outbox_republish, NULL },

    { "dead-letters list",
      { REASON, OPTION("state", "STATE", ONE_OF(letter_states)), MAX(100000), FLAG("ids") },
      "records that could not be handled; with --ids the ids of open ones, to be redriven in this order", false,
      admin_dead_letters_list, NULL },
    { "dead-letters show", { LETTER }, "one of them, with headers and value", false, admin_dead_letters_show, NULL },
    { "dead-letters redrive",
      { { .name = "id", .shown = "ID", NUMBER(1, INT64_MAX) }, REASON, FLAG("all"), MAX(100000),
        OPTION("rate", "N", NUMBER(1, 10000)), FLAG("dry-run"), WHY },
      "offers open ones to their reaction again: one, those of a reason, or --all; --rate is letters a second", true,
      admin_dead_letters_redrive, ctl_redrive },
    { "dead-letters discard", { LETTER, WHY_NEEDED }, "closes one without any effect", true, admin_dead_letters_discard,
      NULL },

    { "consumer pause", { TOPIC, PARTITION, WHY }, "reads nothing of it until it is resumed or the service restarted", true,
      admin_consumer_pause, NULL },
    { "consumer resume", { TOPIC, PARTITION, WHY }, "reads on where it was, whatever it stopped for", true,
      admin_consumer_resume, NULL },
    { "consumer reset",
      { TOPIC, PARTITION, OPTION("to", "earliest|latest|OFFSET", LENGTH(1, 19), .required = true), WHY },
      "reads on from there: what lies before it is not read", true, admin_consumer_reset, NULL },

    { "cluster adopt", { PLACE("id", "CLUSTER_ID", LENGTH(1, 200)), WHY },
      "goes over to another broker: reads it from its beginning, and tells it everything that the outbox keeps", true,
      admin_cluster_adopt, NULL },

    { "timeline", { PLACE("id", "ORDER_ID", LENGTH(36, 36)) }, "what happened to an order here, and what was said of it",
      false, admin_timeline, NULL },

    { "shard", { OPTION("of", "ID", LENGTH(1, 64)) },
      "which shard this is, or which one has a customer or an order, and on which partitions", false, admin_shard, NULL },

    { "fault set",
      { FAULT, OPTION("type", "EVENT", LENGTH(1, 64)), OPTION("percent", "N", NUMBER(1, 100)),
        OPTION("ms", "N", NUMBER(1, 600000)), OPTION("for", "30s", .kind = ARGUMENT_DURATION),
        OPTION("point", "POINT", LENGTH(1, 40)), OPTION("how", "kill|abort|io-error", ONE_OF(hows)),
        OPTION("nth", "N", NUMBER(1, INT32_MAX)), WHY },
      "breaks something on purpose, at one type of event or at all; needs --allow-faults; see FAULTS.md", true,
      admin_fault_set, NULL },
    { "fault list", { { 0 } }, "what can be broken on purpose, and what is now", false, admin_fault_list, NULL },
    { "fault clear", { { .name = "name", .shown = "NAME", LENGTH(1, 40) }, WHY }, "ends one fault, or all", true,
      admin_fault_clear, NULL },
    { "backup", { PLACE("file", "FILE", LENGTH(1, 3900)), WHY },
      "copies the database into a new file while the service goes on", true, admin_backup, ctl_backup },
    { 0 }
};
