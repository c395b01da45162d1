/* Questions about a JSON text, answered by SQLite on a connection of its own. */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* Texts live for three questions more. NULL: SQL's NULL, also when the text is no JSON. */
bool json_holds(const char *json);
const char *json_text_at(const char *json, const char *path);
int64_t json_number_at(const char *json, const char *path);
/* The same as minimal JSON. */
const char *json_minimal(const char *json);

/* A problem (RFC 9457) as EVENTS.md and the openapi files promise, of this status. Else the process ends. */
void json_must_be_problem(const char *json, int status);

#endif
