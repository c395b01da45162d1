#include "headers.h"
#include "percent.h"
#include "server_private.h"
#include "token.h"

#include "../base/clock.h"
#include "../base/text.h"
#include "../base/uuid.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>
#include <strings.h>

enum { KEY_MAX = 255 };

const char *
request_query(const struct request *request, const char *name)
{
    const char *next = request->query;

    while (next != NULL && *next != '\0') {
        size_t size = strcspn(next, "&");
        size_t name_size = strcspn(next, "=&");
        const char *decoded = percent_decode(request->arena, next, name_size, true);

        if (decoded != NULL && strcmp(decoded, name) == 0) {
            if (name_size == size)
                return "";
            return percent_decode(request->arena, next + name_size + 1, size - name_size - 1, true);
        }
        next += size + (next[size] == '&');
    }
    return NULL;
}

static int
refuse(struct refusal *refusal, enum problem problem, const char *detail)
{
    *refusal = (struct refusal){ .problem = problem, .detail = detail };
    return -1;
}

static int
malformed(struct refusal *refusal, const char *detail)
{
    return refuse(refusal, PROBLEM_MALFORMED_REQUEST, detail);
}

static const char *
method_name(const struct evhttp_request *http)
{
    switch (http->type) {
    case EVHTTP_REQ_GET:
    case EVHTTP_REQ_HEAD:       /* exchange_send leaves the body out */
        return "GET";
    case EVHTTP_REQ_POST:
        return "POST";
    case EVHTTP_REQ_PUT:
        return "PUT";
    case EVHTTP_REQ_DELETE:
        return "DELETE";
    case EVHTTP_REQ_PATCH:
        return "PATCH";
    case EVHTTP_REQ_OPTIONS:
        return "OPTIONS";
    case EVHTTP_REQ_TRACE:
        return "TRACE";
    case EVHTTP_REQ_CONNECT:
        return "CONNECT";
    default:
        return "UNKNOWN";
    }
}

/* evhttp reads no body after these, so what the client meant as one would be read as the next request. */
static bool
is_bodiless(const struct evhttp_request *http)
{
    const char *method = method_name(http);

    return http->type == EVHTTP_REQ_HEAD || strcmp(method, "TRACE") == 0 || strcmp(method, "UNKNOWN") == 0;
}

/* Where a request ends must be beyond doubt, here and in every proxy before us (RFC 9112, 6.3 and 11.2). */
static int
check_framing(const struct evhttp_request *http, const struct headers *headers, struct refusal *refusal)
{
    const char *length = headers->content_length;

    if (http->major != 1 || http->minor < 0)
        return malformed(refusal, "the version of HTTP is not 1.0 or 1.1");
    if (headers->bad_name)
        return malformed(refusal, "the name of a header is empty or contains a blank");
    if (headers->hosts > 1 || (headers->hosts == 0 && http->minor >= 1))
        return malformed(refusal, "there must be one Host header");
    if (headers->transfer_encoding)
        return malformed(refusal, "Transfer-Encoding is not supported; send Content-Length");
    if (headers->content_lengths > 1)
        return malformed(refusal, "there is more than one Content-Length");
    if (length != NULL && (*length == '\0' || length[strspn(length, "0123456789")] != '\0'))
        return malformed(refusal, "Content-Length is not a plain number");
    if (length != NULL && is_bodiless(http) && length[strspn(length, "0")] != '\0')
        return malformed(refusal, "a request of this method has no body");
    return 0;
}

/* The absolute form is for proxies, yet every server must take it (RFC 9112, 3.2.2). */
static const char *
path_of_target(const char *target)
{
    const char *path;

    if (strncasecmp(target, "http://", 7) == 0)
        path = target + 7;
    else if (strncasecmp(target, "https://", 8) == 0)
        path = target + 8;
    else
        return target;
    path += strcspn(path, "/?");
    return *path == '\0' ? "/" : path;
}

static int
read_target(struct exchange *exchange, struct refusal *refusal)
{
    struct request *request = &exchange->request;
    const char *target = evhttp_request_get_uri(exchange->http), *path = path_of_target(target);
    size_t size = strcspn(path, "?");

    for (const char *next = target; *next != '\0'; next++)
        if (*next <= ' ' || *next >= 0x7f || *next == '#')
            return malformed(refusal, "the request target contains a character that must be percent-encoded");
    if (exchange->http->type == EVHTTP_REQ_CONNECT || *path != '/')
        return malformed(refusal, "the request target is not an absolute path");
    request->path = percent_decode(&exchange->arena, path, size, false);
    request->query = path[size] == '?' ? arena_text(&exchange->arena, path + size + 1) : NULL;
    if (request->path == NULL ||
        (request->query != NULL &&
         percent_decode(&exchange->arena, request->query, strlen(request->query), true) == NULL))
        return malformed(refusal, "the percent-encoding of the request target is malformed or not UTF-8");
    return 0;
}

static bool
is_open(const struct server_options *options, const char *path)
{
    for (const char *const *open = options->open_paths; open != NULL && *open != NULL; open++)
        if (strcmp(*open, path) == 0)
            return true;
    return false;
}

/* The one place where the token is asked for: before anything else of the request is looked at, and before any route. What
 * is missing and what is wrong get the same answer. */
static int
check_token(const struct exchange *exchange, const struct headers *headers, struct refusal *refusal)
{
    const struct server_options *options = &exchange->server->options;

    if (options->token == NULL || is_open(options, exchange->request.path))
        return 0;
    if (headers->authorizations == 1 && token_matches(options->token, headers->authorization))
        return 0;
    exchange->server->stats.unauthorized++;
    return refuse(refusal, PROBLEM_UNAUTHORIZED, "send one header Authorization: Bearer TOKEN, with the right token");
}

static int
read_key(struct exchange *exchange, const struct headers *headers, struct refusal *refusal)
{
    const char *key = headers->idempotency_key;
    size_t size;

    if (key == NULL)
        return 0;
    if (headers->idempotency_keys > 1)
        return malformed(refusal, "there is more than one Idempotency-Key");
    size = strlen(key);
    if (size == 0 || size > KEY_MAX)
        return malformed(refusal, "an Idempotency-Key has 1 to 255 characters");
    for (size_t i = 0; i < size; i++)
        if (key[i] < ' ' || key[i] > '~')
            return malformed(refusal, "an Idempotency-Key consists of printable ASCII characters");
    exchange->request.idempotency_key = arena_bytes(&exchange->arena, key, size);
    return 0;
}

static bool
is_json_type(const char *content_type)
{
    static const char json[] = "application/json";
    size_t size = strcspn(content_type, "; \t");

    return size == sizeof(json) - 1 && strncasecmp(content_type, json, size) == 0;
}

static int
read_body(struct exchange *exchange, const struct headers *headers, struct refusal *refusal)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->http);
    enum evhttp_cmd_type type = exchange->http->type;
    size_t size = evbuffer_get_length(input);
    char *body;

    if (size == 0)
        return 0;
    if (size > (size_t)exchange->server->options.max_body_bytes)
        return refuse(refusal, PROBLEM_BODY_TOO_LARGE, NULL);
    if ((type == EVHTTP_REQ_POST || type == EVHTTP_REQ_PUT) && headers->content_type != NULL &&
        (headers->content_types > 1 || !is_json_type(headers->content_type)))
        return refuse(refusal, PROBLEM_UNSUPPORTED_MEDIA_TYPE, "send application/json");
    body = arena_alloc(&exchange->arena, size + 1);
    evbuffer_remove(input, body, size);
    body[size] = '\0';
    if (memchr(body, '\0', size) != NULL || !text_is_utf8(body, size))
        return refuse(refusal, PROBLEM_MALFORMED_JSON, "the body contains a NUL byte or is not UTF-8");
    exchange->request.in.data = body;
    exchange->request.in.data_size = size;
    return 0;
}

static void
describe_cause(struct exchange *exchange, const struct headers *headers)
{
    const struct server *server = exchange->server;
    struct envelope *in = &exchange->request.in;
    char id[UUID_TEXT];

    in->type = NO_TYPE;
    in->received_at = clock_now_ms(server->clock);
    uuid_new(server->ids, in->received_at, id);
    in->id = arena_format(&exchange->arena, "request:%s", id);
    in->time = in->received_at;
    in->traceparent = arena_text(&exchange->arena, headers->traceparent);
}

int
request_read(struct exchange *exchange, struct refusal *refusal)
{
    struct evhttp_request *http = exchange->http;
    struct headers headers = headers_read(evhttp_request_get_input_headers(http));

    if (check_framing(http, &headers, refusal) != 0 || read_target(exchange, refusal) != 0 ||
        check_token(exchange, &headers, refusal) != 0 || read_key(exchange, &headers, refusal) != 0 ||
        read_body(exchange, &headers, refusal) != 0)
        return -1;
    exchange->request.method = method_name(http);
    exchange->request.wait_ms = headers.wait_ms;
    exchange->request.last_event_id = arena_text(&exchange->arena, headers.last_event_id);
    describe_cause(exchange, &headers);
    return 0;
}
