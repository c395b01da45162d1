/* What the explored broker can hold: every record that was ever said, and every log that was ever made of them, each once
 * under a number. A log is its records in their order; log 0 is empty. */
#ifndef LOGS_H
#define LOGS_H

#include "../../../common/base/record.h"

struct logs;

struct logs *logs_new(void);
void logs_free(struct logs *logs);

/* The number of a record: the same for the same topic, key, value and headers. */
int logs_record_number(struct logs *logs, const struct record *record);
const struct record *logs_record(const struct logs *logs, int number);

/* The log with this record behind it. */
int logs_append(struct logs *logs, int log, int record);
int logs_length(const struct logs *logs, int log);
/* The record at an offset. */
int logs_at(const struct logs *logs, int log, int offset);

#endif
