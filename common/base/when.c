#include "when.h"

#include "text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* The second that it is in, and the milliseconds since: also before 1970, for a record may bring any time. */
static int
split(int64_t ms, struct tm *utc)
{
    int64_t rest = ms % SECOND;
    time_t seconds = (time_t)(ms / SECOND - (rest < 0));

    gmtime_r(&seconds, utc);
    return (int)(rest < 0 ? rest + SECOND : rest);
}

const char *
when_text(int64_t ms, char text[WHEN_TEXT])
{
    struct tm utc;
    int rest = split(ms, &utc);
    size_t used = strftime(text, WHEN_TEXT, "%Y-%m-%d %H:%M:%S", &utc);

    snprintf(text + used, WHEN_TEXT - used, ".%03dZ", rest);
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

/* ---- RFC 3339 ---- */

static const char utc_shape[] = "0000-00-00T00:00:00.000Z";

static void
put_digits(char *text, size_t place, size_t count, int number)
{
    while (count-- > 0) {
        text[place + count] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Digit by digit: each event has such a time, and printf takes six times as long. */
const char *
when_utc_text(int64_t ms, char text[WHEN_TEXT])
{
    struct tm utc;
    int rest = split(ms, &utc);

    memcpy(text, utc_shape, sizeof(utc_shape));
    put_digits(text, 0, 4, utc.tm_year + 1900);
    put_digits(text, 5, 2, utc.tm_mon + 1);
    put_digits(text, 8, 2, utc.tm_mday);
    put_digits(text, 11, 2, utc.tm_hour);
    put_digits(text, 14, 2, utc.tm_min);
    put_digits(text, 17, 2, utc.tm_sec);
    put_digits(text, 20, 3, rest);
    return text;
}

static int
digits_at(const char *text, size_t place, size_t count)
{
    int number = 0;

    for (size_t i = place; i < place + count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

/* A day that the month has not runs over into the next month, and hour 24 into the next day, as SQLite has it. */
int
when_parse_utc(const char *text, int64_t *ms)
{
    struct tm utc = { 0 };

    for (size_t i = 0; i < sizeof(utc_shape); i++)
        if (utc_shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != utc_shape[i])
            return -1;
    utc.tm_year = digits_at(text, 0, 4) - 1900;
    utc.tm_mon = digits_at(text, 5, 2) - 1;
    utc.tm_mday = digits_at(text, 8, 2);
    utc.tm_hour = digits_at(text, 11, 2);
    utc.tm_min = digits_at(text, 14, 2);
    utc.tm_sec = digits_at(text, 17, 2);
    if (utc.tm_mon < 0 || utc.tm_mon > 11 || utc.tm_mday < 1 || utc.tm_mday > 31 || utc.tm_hour > 24 || utc.tm_min > 59
        || utc.tm_sec > 59)
        return -1;
    *ms = (int64_t)timegm(&utc) * SECOND + digits_at(text, 20, 3);
    return 0;
}
