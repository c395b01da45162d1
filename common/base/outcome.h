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

#define DONE ((struct outcome){ .verdict = VERDICT_DONE })
#define DONE_BEFORE ((struct outcome){ .verdict = VERDICT_DONE, .code = "duplicate" })   /* nothing changed */
#define RETRY(code_) ((struct outcome){ .verdict = VERDICT_RETRY, .code = (code_) })
#define REFUSED(code_) ((struct outcome){ .verdict = VERDICT_REFUSED, .code = (code_) })

#endif
