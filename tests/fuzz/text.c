/* Small readers of text, one after the other over the same bytes: what is read can be written and read again. */
#include "../../common/base/memory.h"
#include "../../common/base/text.h"
#include "../../common/base/uuid.h"
#include "../../common/base/when.h"
#include "../../common/http/percent.h"
#include "../../common/http/url.h"
#include "fuzz.h"
#include "input.h"
#include "members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Years that can be written: 0 to 9999. */
static const int64_t FIRST_MS = -62167219200000, LAST_MS = 253402300799999;

static void
check_times(const char *text)
{
    char written[WHEN_TEXT];
    int64_t ms, again;

    if (when_parse_utc(text, &ms) == 0 && ms >= FIRST_MS && ms <= LAST_MS) {
        when_utc_text(ms, written);
        MUST(when_parse_utc(written, &again) == 0 && again == ms, "%s is written %s", text, written);
    }
    if (when_parse_duration(text, &ms) == 0)
        MUST(ms >= 0 && *when_age(ms, written) != '\0', "%s is a duration of %lld", text, (long long)ms);
    if (when_parse(text, FUZZ_NOW_MS, &ms) == 0)
        MUST(*when_text(ms, written) != '\0', "%s cannot be written", text);
}

/* Any number may come as a time. */
static void
check_numbers(const char *text)
{
    char written[WHEN_TEXT], number[24];
    int64_t value;

    if (text_parse_int(text, INT64_MIN, INT64_MAX, &value) != 0)
        return;
    snprintf(number, sizeof(number), "%lld", (long long)value);
    MUST(strlen(text) >= strlen(number), "%s is %s", text, number);
    when_text(value, written);
    MUST(memchr(written, '\0', sizeof(written)) != NULL, "the text of %s has no end", text);
    when_age(value, written);
    if (value >= FIRST_MS && value <= LAST_MS) {
        when_utc_text(value, written);
        MUST(when_parse_utc(written, &value) == 0, "%s is no time", written);
    }
}

static void
check_percent(struct arena *arena, const char *text, size_t size)
{
    const char *decoded = percent_decode(arena, text, size, false), *again;

    MUST(decoded == NULL || text_is_utf8(decoded, strlen(decoded)), "what was decoded is no UTF-8");
    percent_decode(arena, text, size, true);
    if (!text_is_utf8(text, size) || strlen(text) != size)
        return;
    again = percent_encode(arena, text);
    again = percent_decode(arena, again, strlen(again), false);
    MUST(again != NULL && strcmp(again, text) == 0, "%s is decoded as %s", text, again);
}

static void
check_url(const char *text)
{
    struct url url, again;
    char whole[2 * URL_SIZE + URL_HOST];

    if (url_read(text, &url) != NULL)
        return;
    MUST(url.port > 0 && url.port < 65536 && url.host[0] != '\0' && url.target[0] != '\0', "no URL: %s", text);
    for (const char *c = url.target; *c != '\0'; c++)
        MUST(*c > ' ' && *c < 0x7f, "no target of a request: %s", url.target);
    for (const char *c = url.authority; *c != '\0'; c++)
        MUST(*c > ' ' && *c != 0x7f, "no host: %s", url.authority);
    snprintf(whole, sizeof(whole), "http://%s%s%s", url.authority, url.target[0] == '/' ? "" : "/", url.target);
    if (strlen(whole) > URL_SIZE)
        return;
    MUST(url_read(whole, &again) == NULL && strcmp(url.host, again.host) == 0 && url.port == again.port, "%s becomes %s", text,
         whole);
}

void
fuzz_text(const char *bytes, size_t size)
{
    struct piece piece = { bytes, size };
    char *text = piece_text(&piece);
    struct arena arena;

    arena_init(&arena);
    check_times(text);
    check_numbers(text);
    check_percent(&arena, text, size);
    check_url(text);
    MUST(!uuid_is_valid(text) || uuid_time_ms(text) >= 0, "%s was made before 1970", text);
    arena_release(&arena);
    free(text);
}
