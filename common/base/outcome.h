/* What a handler answers. */
#ifndef OUTCOME_H
#define OUTCOME_H

enum verdict {
    VERDICT_DONE,       /* the effects stand; also when it was so already */
    VERDICT_RETRY,      /* not now: everything is undone, the same envelope comes again */
    VERDICT_REFUSED     /* never: everything is undone, the envelope is set aside with the code */
};

struct outcome {
    enum verdict verdict;
    const char *code;   /* why, a short snake_case literal; NULL when something was done */
};

/* What became of a record that was offered. */
enum taking {
    TAKEN,          /* its effects stand in the open turn; it is kept until the turn is durable */
    TAKEN_SKIPPED,  /* nothing was done and nothing needs to be kept */
    TAKEN_LATER,    /* not now: it is kept, its partition pauses, and it comes again */
    TAKEN_HALT      /* no more from this partition until an operator says so; the record was not passed */
};

struct taken {
    enum taking how;
    int again_ms;       /* of TAKEN_LATER: how long to wait; 0: as after a failure of the database */
    const char *why;    /* of TAKEN_HALT: a literal */
};

#define DONE ((struct outcome){ .verdict = VERDICT_DONE })
#define DONE_BEFORE ((struct outcome){ .verdict = VERDICT_DONE, .code = "duplicate" })   /* nothing changed */
#define RETRY(code_) ((struct outcome){ .verdict = VERDICT_RETRY, .code = (code_) })
#define REFUSED(code_) ((struct outcome){ .verdict = VERDICT_REFUSED, .code = (code_) })

#endif
