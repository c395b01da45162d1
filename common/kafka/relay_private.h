/* The inside of struct relay: relay_send.c sends, relay.c takes reports, relay_refused.c does what the broker refuses. */
#ifndef RELAY_PRIVATE_H
#define RELAY_PRIVATE_H

#include "relay.h"

#include "client.h"

/* Tags of what is sent beside the rows of the window. */
enum { SECOND_COPY = -1, QUESTION = -2 /* and below: one for each topic */ };

/* A topic that takes nothing. */
struct refused_topic {
    bool refused;
    bool waits;                      /* its rows were moved aside; else they stand in the window, unsent */
    bool back;                       /* it has taken the question: its rows may go again */
    int64_t since_us, again_us;
    int64_t seq;                     /* the row that asks, while the rows are in the window */
    char why[64];
};

struct relay {
    struct event_base *base;
    struct db *db;
    struct group_commit *group;
    const struct clock *clock;
    struct faults *faults;           /* NULL unless they are allowed */
    struct client_options client;
    struct relay_options options;
    struct relay_listener listener;

    struct producer *producer;       /* NULL while stopped */
    struct window *window;
    int64_t stored_cursor;
    int in_flight;                   /* rows that the producer has and has not reported */
    int64_t handed_us;               /* when rows were last read for it */
    bool held_back;                  /* there may be more, which waits for reports */
    bool restart;                    /* a row came back undecided: everything unacknowledged goes again */
    int64_t replay_end;              /* rows up to here are sent at the replay rate */
    int64_t replay_from_us, replayed;

    int64_t alone;                   /* the refused row that was sent again with nothing beside it; 0: none */
    int64_t believed;                /* it was refused alone: to be set aside; 0: none */
    int64_t refused_again_us;        /* when a refused row is sent again, or set aside, at the earliest */
    bool unauthorized;               /* our user may write to no topic */
    int64_t rest_until_us;           /* then another producer tries; 0: none is to be made */
    int64_t proven_us;               /* a producer that lives until then has been let in */
    char held[160];
    struct refused_topic topics[ALL_TOPICS];
    int64_t parked;                  /* rows that later ones may have to stay behind … */
    int64_t checked;                 /* … which was looked at up to this seq */
    struct relay_stats stats;
};

/* Faults on purpose. true: the row is not to be sent, the broker will seem to have refused it. */
bool relay_fault_refuses(struct relay *relay, const struct envelope *out, int64_t tag);
/* Whether the acknowledgement of this row is to be lost. */
bool relay_fault_loses(struct relay *relay, int64_t seq);

/* Hands the event or the dead letter to the producer. -1 if it takes none now. */
int relay_produce(struct relay *relay, const struct envelope *out, int64_t tag);
/* Hands the row to the producer. The callback of outbox_read. */
bool relay_send_row(void *relay, int64_t seq, const struct envelope *out);
/* A row of the window, read once more. */
void relay_send_again(struct relay *relay, int64_t seq);
/* Sends what the window has room for, unless a group is under way to a broker that answers. */
void relay_pump(struct relay *relay);

/* Reports that are no simple acknowledgement. */
void relay_on_row_refused(struct relay *relay, int64_t seq, const char *why);
void relay_on_topic_refused(struct relay *relay, int64_t tag, const char *why);
/* The broker took something that it refused before. */
void relay_on_accepted(struct relay *relay, int64_t tag);
/* The question of a topic was given back undecided. */
void relay_on_question_lost(struct relay *relay, int64_t tag);
/* The producer has died of it. And: another one, when it is time. */
void relay_on_unauthorized(struct relay *relay);
void relay_unauthorized_tick(struct relay *relay);
void relay_on_authorized(struct relay *relay);
void relay_refused_tick(struct relay *relay);
/* Topics whose rows were moved aside before this start. */
void relay_look_for_waiting_topics(struct relay *relay);

#endif
