/* The world of one order, and all that may happen in it next. A world is what three databases hold, what the broker's logs
 * hold, and what is under way: small numbers, compared as bytes.
 *
 * What makes no difference to anybody is not put in every order. A reply leaves right after its COMMIT, and a row is sent right
 * after it, or the service dies first: who reads it may do so as late as he likes, and of each topic one service is the only
 * speaker. The relay's cursor is stored with the next commit, or when its service has nothing else to do. Time passes only
 * while somebody asks for it. */
#ifndef WORLD_H
#define WORLD_H

#include "turns.h"

/* What goes wrong on purpose: each kind so often at most, and all of them together. */
enum mischief {
    MISCHIEF_KILL,               /* a service dies before its COMMIT or between two turns */
    MISCHIEF_DOUBLE,             /* an event comes again: an acknowledgement is lost, or it is said again much later */
    MISCHIEF_FAILURE,            /* a handler fails or refuses, a post is not answered or refused */
    MISCHIEF_REFUSAL,            /* the broker refuses a row for good */
    MISCHIEFS,
    NO_MISCHIEF = MISCHIEFS
};

/* How far a request of the customer is. */
enum asked {
    ASKED_NOT,
    ASKED_AGAIN,                 /* nothing was heard: it has to be asked again */
    ASKED_DONE,                  /* the reply is under way: 201, 200 */
    ASKED_CONFLICT,              /* the reply is under way: 409 */
    TOLD_DONE,
    TOLD_CONFLICT
};

/* Compared as bytes: there are none between the members. */
struct world {
    int32_t database[AUDITED];   /* snapshots */
    int32_t log[ALL_TOPICS];
    uint8_t mark[AUDITED];       /* rows of the outbox up to here are acknowledged, as the process knows */
    uint8_t order, cancellation; /* enum asked */
    uint8_t late;                /* the order was to be paid before now */
    uint8_t post;                /* 0: none is under way; else 1 + 3 * kind + answer */
    uint8_t stuck;               /* bit n: the broker will refuse the next row of service n */
    uint8_t spent[MISCHIEFS];
};

/* One thing that may happen. */
enum what {
    DEED_PLACE, DEED_CANCEL, DEED_REPLY,
    DEED_HEAR,                   /* a service takes the next record of a topic that concerns it */
    DEED_EXPIRE,
    DEED_SEND,                   /* a row of an outbox reaches the broker, and the report its service */
    DEED_SEND_TWICE,             /* … which has sent it again by then */
    DEED_STICK,                  /* … or it does not get there, for as long as it takes; then it is refused */
    DEED_ROW_REFUSED,
    DEED_STORE_CURSOR,           /* nothing else has to be done: the relay's cursor is stored */
    DEED_POST, DEED_ANSWER,      /* a customer is told by a webhook; the receiver's answer comes */
    DEED_REDRIVE, DEED_RETRY_ROW, DEED_REPEAT_ROW,      /* an operator decides */
    DEED_LATER,                  /* the order was to be paid before now */
    DEED_KILL                    /* a service dies between two turns, with what it holds in memory */
};

struct deed {
    uint8_t what;
    uint8_t who;                 /* enum audited */
    uint8_t topic;               /* DEED_HEAR */
    uint8_t trouble;             /* enum trouble */
    int16_t detail;              /* seq of a row; of a post, as in struct world */
};

enum { DEEDS = 256 };

struct deeds {
    struct deed all[DEEDS];
    int count;
    bool at_rest;                /* only what need not happen is left */
};

/* By what rules. */
struct rules {
    struct turns *turns;
    struct logs *logs;
    enum mutant mutant;
    int mischief;                /* in all */
    bool may_be_cancelled, may_be_late;
};

/* NO_MISCHIEF: it belongs to the normal course of things. */
enum mischief world_mischief(const struct deed *deed);

struct world world_first(const struct rules *rules);
void world_deeds(const struct rules *rules, const struct world *world, struct deeds *deeds);
/* What comes of it. *wrong: what should not have happened, if anything. */
struct world world_after(const struct rules *rules, const struct world *world, const struct deed *deed, const char **wrong);

/* The record that a service would take next from a topic, and its offset; -1 if there is none. */
int world_next_record(const struct rules *rules, const struct world *world, enum audited who, enum topic topic, int *offset);
/* Of a post that is under way: what a receiver may answer is thanks, never, and nothing at all. */
enum { POST_ANSWERS = 3 };
int world_post_kind(int post);
int world_post_status(int post);

#endif
