/* Mistakes made on purpose, to see that the simulator finds them. None of them touches the code of the services: they are
 * in the tables that the simulator hands out, and in what stands in for the libraries. */
#ifndef MUTANTS_H
#define MUTANTS_H

#include "../../common/service.h"
#include "../audit/audit.h"

enum mutant {
    MUTANT_NONE,
    MUTANT_NO_STATUS_CHECK,
    MUTANT_POSITION_FIRST,
    MUTANT_REPORT_FIRST,
    MUTANT_REPLY_FIRST,
    MUTANT_SWALLOWED_RETRY,
    MUTANT_REFUND_ALWAYS,
    MUTANTS
};

const char *mutant_name(enum mutant mutant);
const char *mutant_what(enum mutant mutant);
/* MUTANTS for a name that is none. */
enum mutant mutant_parse(const char *name);

/* The handler that stands in for the right one of this event; NULL if the right one stays. */
handler *mutant_handler(enum mutant mutant, enum audited service, enum envelope_type type);

#endif
