#include "headers.h"

#include "../base/text.h"

#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>

enum { WAIT_MAX_S = 1000000, WAIT_DIGITS = 7 };

static bool
is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr("0123456789abcdef", text[i]) == NULL)
            return false;
    return true;
}

/* W3C Trace Context, 3.2.2: 00-TRACE-PARENT-FLAGS; ids of zeros are invalid. */
static bool
is_traceparent(const char *text)
{
    return strlen(text) == 55 && memcmp(text, "00-", 3) == 0 && text[35] == '-' && text[52] == '-' &&
           is_hex(text + 3, 32) && is_hex(text + 36, 16) && is_hex(text + 53, 2) &&
           strspn(text + 3, "0") < 32 && strspn(text + 36, "0") < 16;
}

/* The value of "wait = 5; parameter", that is 5000; -1 if the preference is another one or malformed. */
static int64_t
preference_wait_ms(const char *text, size_t size)
{
    char digits[WAIT_DIGITS + 1] = "";
    size_t used;
    int64_t seconds;
    const char *next = text + 4, *end = text + size;

    if (size < 4 || strncasecmp(text, "wait", 4) != 0)
        return -1;
    next += strspn(next, " \t");
    if (next >= end || *next++ != '=')
        return -1;
    next += strspn(next, " \t\"");
    used = strspn(next, "0123456789");
    if (used == 0 || used > WAIT_DIGITS || next + used > end)
        return -1;
    memcpy(digits, next, used);
    next += used;
    next += strspn(next, " \t\"");
    if (next < end && *next != ';')
        return -1;
    return text_parse_int(digits, 0, WAIT_MAX_S, &seconds) == 0 ? seconds * 1000 : -1;
}

/* RFC 7240: preferences separated by commas; the first wait counts. */
static int64_t
prefer_wait_ms(const char *value)
{
    while (*value != '\0') {
        size_t size;
        int64_t wait_ms;

        value += strspn(value, ", \t");
        size = strcspn(value, ",");
        wait_ms = preference_wait_ms(value, size);
        if (wait_ms >= 0)
            return wait_ms;
        value += size;
    }
    return 0;
}

static void
first_of(const char **kept, int *count, const char *value)
{
    if ((*count)++ == 0)
        *kept = value;
}

static void
take(struct headers *headers, const char *name, const char *value)
{
    if (strcasecmp(name, "Host") == 0)
        headers->hosts++;
    else if (strcasecmp(name, "Content-Length") == 0)
        first_of(&headers->content_length, &headers->content_lengths, value);
    else if (strcasecmp(name, "Content-Type") == 0)
        first_of(&headers->content_type, &headers->content_types, value);
    else if (strcasecmp(name, "Idempotency-Key") == 0)
        first_of(&headers->idempotency_key, &headers->idempotency_keys, value);
    else if (strcasecmp(name, "Authorization") == 0)
        first_of(&headers->authorization, &headers->authorizations, value);
    else if (strcasecmp(name, "Transfer-Encoding") == 0)
        headers->transfer_encoding = true;
    else if (strcasecmp(name, "Traceparent") == 0)
        first_of(&headers->traceparent, &headers->traceparents, value);
    else if (strcasecmp(name, "Last-Event-ID") == 0)
        headers->last_event_id = value;
    else if (strcasecmp(name, "Prefer") == 0 && headers->wait_ms == 0)
        headers->wait_ms = prefer_wait_ms(value);
    else if (*name == '\0' || strpbrk(name, " \t") != NULL)
        headers->bad_name = true;
}

struct headers
headers_read(const struct evkeyvalq *lines)
{
    struct headers headers = { .hosts = 0 };

    for (const struct evkeyval *line = lines->tqh_first; line != NULL; line = line->next.tqe_next)
        take(&headers, line->key, line->value);
    if (headers.traceparents != 1 || !is_traceparent(headers.traceparent))
        headers.traceparent = NULL;
    return headers;
}
