#include "story.h"

#include "../sequence.h"

#include <string.h>

struct telling {
    const struct rules *rules;
    const struct deed *deed;
    const struct world *before, *after;
    char when[12];               /* the number of the step */
    FILE *out;
};

static enum column
column_of(const struct deed *deed)
{
    return (enum column)(COLUMN_SERVICES + deed->who);
}

static const char *
type_of(const struct telling *it, int record)
{
    const struct record *what = logs_record(it->rules->logs, record);

    if (what->topic >= TOPICS)
        return topic_name(what->topic);
    return record_type(what);
}

/* ---- what came of it ---- */

static const struct seen *
seen_in(const struct telling *it, const struct world *world)
{
    return turns_seen(it->rules->turns, (enum audited)it->deed->who, world->database[it->deed->who]);
}

static void
tell_change(const struct telling *it)
{
    const char *before = seen_in(it, it->before)->summary, *after = seen_in(it, it->after)->summary;

    if (strcmp(before, after) != 0)
        sequence_note(it->out, it->when, column_of(it->deed), '*', *after == '\0' ? "nothing" : after);
}

static void
tell_trouble(const struct telling *it)
{
    static const char *const troubles[TROUBLES] = {
        [TROUBLE_RETRY] = "its handler fails",
        [TROUBLE_REFUSAL] = "its handler refuses it",
        [TROUBLE_KILL] = "killed before its COMMIT",
    };

    if (it->deed->trouble != TROUBLE_NONE)
        sequence_note(it->out, it->when, column_of(it->deed), it->deed->trouble == TROUBLE_KILL ? 'X' : '!',
                      troubles[it->deed->trouble]);
}

/* ---- deeds ---- */

static void
tell_hearing(const struct telling *it)
{
    int offset, record = world_next_record(it->rules, it->before, (enum audited)it->deed->who,
                                           (enum topic)it->deed->topic, &offset);

    sequence_arrow(it->out, it->when, COLUMN_BROKER, column_of(it->deed), type_of(it, record));
}

static void
tell_sending(const struct telling *it)
{
    const struct seen *seen = seen_in(it, it->before);
    enum column from = column_of(it->deed);
    int row = 0;

    while (seen->rows[row].seq != it->deed->detail)
        row++;
    if (it->deed->trouble == TROUBLE_KILL) {
        sequence_note(it->out, it->when, from, 'X', "killed before the broker has what it sends");
        return;
    }
    sequence_arrow(it->out, it->when, from, COLUMN_BROKER, type_of(it, seen->rows[row].record));
    if (it->deed->what == DEED_SEND_TWICE)
        sequence_arrow(it->out, it->when, from, COLUMN_BROKER, type_of(it, seen->rows[row].record));
    if (it->deed->what == DEED_ROW_REFUSED)
        sequence_note(it->out, it->when, COLUMN_BROKER, '!', "refuses it for good");
}

static void
tell_post(const struct telling *it)
{
    const char *kind = turns_kind(world_post_kind(it->deed->detail));
    int status = world_post_status(it->deed->detail);
    char text[60];

    if (it->deed->what == DEED_POST) {
        snprintf(text, sizeof(text), "post: %s", kind);
        sequence_arrow(it->out, it->when, column_of(it->deed), COLUMN_CLIENT, text);
    } else if (status == 0) {
        sequence_note(it->out, it->when, column_of(it->deed), '!', "no answer to its post");
    } else {
        snprintf(text, sizeof(text), "%s: %d", kind, status);
        sequence_arrow(it->out, it->when, COLUMN_CLIENT, column_of(it->deed), text);
    }
}

static void
tell_reply(const struct telling *it)
{
    bool order = it->before->order == ASKED_DONE;

    sequence_arrow(it->out, it->when, COLUMN_SERVICES, COLUMN_CLIENT,
                   order ? "201" : it->before->cancellation == ASKED_DONE ? "200" : "409");
}

static void
tell_event(const struct telling *it)
{
    switch ((enum what)it->deed->what) {
    case DEED_PLACE:
        sequence_arrow(it->out, it->when, COLUMN_CLIENT, COLUMN_SERVICES, "POST /orders");
        break;
    case DEED_CANCEL:
        sequence_arrow(it->out, it->when, COLUMN_CLIENT, COLUMN_SERVICES, "POST /cancellation");
        break;
    case DEED_REPLY:
        tell_reply(it);
        break;
    case DEED_HEAR:
        tell_hearing(it);
        break;
    case DEED_EXPIRE:
        sequence_note(it->out, it->when, column_of(it->deed), '*', "has read all of payments: the order expires");
        break;
    case DEED_SEND:
    case DEED_SEND_TWICE:
    case DEED_ROW_REFUSED:
        tell_sending(it);
        break;
    case DEED_STICK:
        sequence_note(it->out, it->when, column_of(it->deed), '!', "what it sends does not get there");
        break;
    case DEED_STORE_CURSOR:
        sequence_note(it->out, it->when, column_of(it->deed), '*', "stores how far the broker has its rows");
        break;
    case DEED_POST:
    case DEED_ANSWER:
        tell_post(it);
        break;
    case DEED_REDRIVE:
        sequence_note(it->out, it->when, column_of(it->deed), '*', "an operator redrives its dead letter");
        break;
    case DEED_RETRY_ROW:
        sequence_note(it->out, it->when, column_of(it->deed), '*', "an operator retries its parked row");
        break;
    case DEED_REPEAT_ROW:
        sequence_note(it->out, it->when, column_of(it->deed), '*', "an operator has an old row said again");
        break;
    case DEED_LATER:
        sequence_note(it->out, it->when, COLUMN_CLIENT, '*', "later: the order was to be paid before now");
        break;
    case DEED_KILL:
        sequence_note(it->out, it->when, column_of(it->deed), 'X', "killed between two turns");
        break;
    }
}

void
story_draw(const struct rules *rules, const struct deed *deeds, const struct world *worlds, int count, FILE *out)
{
    sequence_head(out);
    for (int i = 0; i < count; i++) {
        struct telling it = { rules, &deeds[i], &worlds[i], &worlds[i + 1], "", out };

        snprintf(it.when, sizeof(it.when), "%4d", i + 1);
        tell_event(&it);
        if (deeds[i].what != DEED_SEND)
            tell_trouble(&it);
        tell_change(&it);
    }
}
