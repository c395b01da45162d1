#include "problem.h"

#include "../base/memory.h"
#include "../base/text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *type;
    int status;
    const char *title;
    int retry_after_s;
} problems[PROBLEMS] = {
    [PROBLEM_MALFORMED_REQUEST] = { "/problems/malformed-request", 400, "The request is malformed", 0 },
    [PROBLEM_MALFORMED_JSON] = { "/problems/malformed-json", 400, "The body is not a JSON object", 0 },
    [PROBLEM_INVALID_FIELD] = { "/problems/invalid-field", 422, "A field is invalid", 0 },
    [PROBLEM_KEY_REQUIRED] = { "/problems/key-required", 400, "The request needs an Idempotency-Key", 0 },
    [PROBLEM_KEY_REUSED] = { "/problems/key-reused", 422, "The Idempotency-Key was used with another body", 0 },
    [PROBLEM_UNAUTHORIZED] = { "/problems/unauthorized", 401, "The request does not show the token", 0 },
    [PROBLEM_NOT_FOUND] = { "/problems/not-found", 404, "There is nothing at this path", 0 },
    [PROBLEM_METHOD_NOT_ALLOWED] = { "/problems/method-not-allowed", 405, "The path does not allow this method", 0 },
    [PROBLEM_REQUEST_TIMEOUT] = { "/problems/request-timeout", 408, "The request took too long to arrive", 0 },
    [PROBLEM_CONFLICT] = { "/problems/conflict", 409, "The state does not allow it", 0 },
    [PROBLEM_BODY_TOO_LARGE] = { "/problems/body-too-large", 413, "The body is too large", 0 },
    [PROBLEM_UNSUPPORTED_MEDIA_TYPE] = { "/problems/unsupported-media-type", 415,
                                         "The body is of an unsupported media type", 0 },
    [PROBLEM_MISDIRECTED] = { "/problems/misdirected-request", 421, "The request is for another shard", 0 },
    [PROBLEM_UNAVAILABLE] = { "/problems/unavailable", 503, "Not available now; the same key again is safe", 1 },
};

/* A JSON string needs up to six characters for a byte. Returns where it ended. */
static char *
put_escaped(char *out, const char *text)
{
    bool utf8 = text_is_utf8(text, strlen(text));

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\') {
            *out++ = '\\';
            *out++ = (char)byte;
        } else if (byte < ' ') {
            out += sprintf(out, "\\u%04x", byte);
        } else {
            *out++ = byte >= 0x80 && !utf8 ? '?' : (char)byte;
        }
    }
    return out;
}

/* ,"name":"value", or nothing for NULL */
static const char *
member(struct arena *arena, const char *name, const char *value)
{
    char *text, *end;

    if (value == NULL)
        return "";
    text = arena_alloc(arena, strlen(name) + 6 * strlen(value) + sizeof(",\"\":\"\""));
    end = text + sprintf(text, ",\"%s\":\"", name);
    end = put_escaped(end, value);
    strcpy(end, "\"");
    return text;
}

/* members: what it has beside those that all problems have, each with a comma before it. */
static struct reply
reply_with(struct arena *arena, enum problem problem, const char *members)
{
    char *body = arena_format(arena, "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d%s}", problems[problem].type,
                              problems[problem].title, problems[problem].status, members);

    return (struct reply){
        .status = problems[problem].status,
        .body = body,
        .size = strlen(body),
        .retry_after_s = problems[problem].retry_after_s,
    };
}

struct reply
problem_reply(struct arena *arena, enum problem problem, const char *field, const char *detail)
{
    return reply_with(arena, problem,
                      arena_format(arena, "%s%s", member(arena, "field", field), member(arena, "detail", detail)));
}

struct reply
problem_misdirected(struct arena *arena, int shard, int shards)
{
    return reply_with(arena, PROBLEM_MISDIRECTED,
                      arena_format(arena, ",\"shard\":%d,\"shards\":%d,\"detail\":\"ask shard %d of %d: it has all that "
                                   "concerns this customer or order\"", shard, shards, shard, shards));
}

const char *
problem_type(enum problem problem)
{
    return problems[problem].type;
}

int
problem_status(enum problem problem)
{
    return problems[problem].status;
}

const char *
problem_title(enum problem problem)
{
    return problems[problem].title;
}
