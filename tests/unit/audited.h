/* One set in which orders came to every end, as three database files and what its topics hold; and audits of it. */
#ifndef AUDITED_H
#define AUDITED_H

#include "../audit/audit.h"
#include "../audit/print.h"
#include "choreography.h"

enum { AUDITED_RECORDS = 200 };

/* Made once, before the tests fork. */
struct audited_set {
    char folder[64];
    char clean[AUDITED][128];           /* the three files, sound */
    char history[128], keyed[UUID_TEXT];    /* what a driver was told; the order that key-1 made */
    struct record records[AUDITED_RECORDS];
    int record_count;
    struct arena arena;
};
extern struct audited_set audited;

void audited_set_up(void);
void audited_tear_down(void);

/* Files of this set, or like the clean ones, to be changed. */
void audited_files(struct choreography *c, char paths[AUDITED][128], const char *prefix);
void audited_copy(char paths[AUDITED][128], const char *prefix);
void audited_change(const char *path, const char *sql);
void audited_write(const char *path, const char *text);

/* What one audit answered. */
struct answer {
    struct report report;
    int64_t violations;
    char *text;         /* as it is printed */
    size_t size;
};

/* given: RECORDS are those of the clean set. lines: a file of what a driver was told, or NULL. */
void audited_audit(char paths[AUDITED][128], unsigned given, const char *lines, struct answer *answer);
struct audit *audited_attach(char paths[AUDITED][128]);
/* What this broker holds: the records from this offset on. The set has spoken to "array". */
void audited_tell_records(struct audit *audit, const char *broker, int64_t low);
/* Runs the audit and frees it. */
void audited_judge(struct audit *audit, unsigned given, struct answer *answer);
const struct finding *audited_finding(const struct answer *answer, const char *name);
void audited_release(struct answer *answer);

#endif
