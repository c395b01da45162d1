#include "when.h"

#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

const char *
when_text(int64_t ms, char text[WHEN_TEXT])
{
    time_t seconds = (time_t)(ms / SECOND);
    struct tm utc;
    size_t used;

    gmtime_r(&seconds, &utc);
    used = strftime(text, WHEN_TEXT, "%Y-%m-%d %H:%M:%S", &utc);
    snprintf(text + used, WHEN_TEXT - used, ".%03dZ", (int)(ms % SECOND));
    return text;
}

const char *
when_age(int64_t ms, char text[WHEN_TEXT])
{
    if (ms < 0)
        ms = 0;
    if (ms < MINUTE)
        snprintf(text, WHEN_TEXT, "%.1f s", (double)ms / SECOND);
    else if (ms < HOUR)
        snprintf(text, WHEN_TEXT, "%d min", (int)(ms / MINUTE));
    else if (ms < DAY)
        snprintf(text, WHEN_TEXT, "%d h %d min", (int)(ms / HOUR), (int)(ms % HOUR / MINUTE));
    else
        snprintf(text, WHEN_TEXT, "%lld d %d h", (long long)(ms / DAY), (int)(ms % DAY / HOUR));
    return text;
}

static int64_t
unit_ms(char unit)
{
    return unit == 's' ? SECOND : unit == 'm' ? MINUTE : unit == 'h' ? HOUR : unit == 'd' ? DAY : 0;
}

int
when_parse_duration(const char *text, int64_t *ms)
{
    enum { DIGITS = 6 };
    size_t digits = strspn(text, "0123456789");
    char number[DIGITS + 1] = "";
    int64_t unit;

    if (digits == 0 || digits > DIGITS || text[digits] == '\0' || text[digits + 1] != '\0')
        return -1;
    memcpy(number, text, digits);
    unit = unit_ms(text[digits]);
    if (unit == 0 || text_parse_int(number, 0, 999999, ms) != 0)
        return -1;
    *ms *= unit;
    return 0;
}

int
when_parse(const char *text, int64_t now_ms, int64_t *ms)
{
    struct tm utc = { 0 };
    const char *end;

    if (when_parse_duration(text, ms) == 0) {
        *ms = now_ms - *ms;
        return 0;
    }
    end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (end == NULL || *end != '\0')
        return -1;
    *ms = (int64_t)timegm(&utc) * SECOND;
    return 0;
}
