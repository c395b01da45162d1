/* Points in time and durations, as people and messages write them. */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>

enum { WHEN_TEXT = 32 };

/* "2026-01-31 12:00:00.123Z"; answers text. */
const char *when_text(int64_t ms, char text[WHEN_TEXT]);
/* "0.4 s", "12 min", "3 h 5 min", "2 d 4 h"; answers text. */
const char *when_age(int64_t ms, char text[WHEN_TEXT]);

/* A time as people write it: "2026-01-31T12:00:00Z", or how long ago: "90s", "15m", "2h", "1d". -1 if it is neither. */
int when_parse(const char *text, int64_t now_ms, int64_t *ms);
/* A duration: "90s", "15m", "2h", "1d", in ms. -1 if it is none. */
int when_parse_duration(const char *text, int64_t *ms);

/* RFC 3339 in UTC with milliseconds, exactly "2026-01-31T12:00:00.000Z"; answers text. Years 0 to 9999. */
const char *when_utc_text(int64_t ms, char text[WHEN_TEXT]);
/* The other way; -1 if it is not written so. */
int when_parse_utc(const char *text, int64_t *ms);

#endif
