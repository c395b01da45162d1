#include "url.h"

#include <event2/http.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HTTP_PORT = 80 };

/* libevent keeps the brackets of an IPv6 address, which the Host header wants and the resolver does not. */
static void
take_host(struct url *url, const char *host, size_t size)
{
    if (*host == '[')
        snprintf(url->host, sizeof(url->host), "%.*s", (int)size - 2, host + 1);
    else
        snprintf(url->host, sizeof(url->host), "%s", host);
    if (url->port == HTTP_PORT)
        snprintf(url->authority, sizeof(url->authority), "%.255s", host);
    else
        snprintf(url->authority, sizeof(url->authority), "%.255s:%d", host, url->port);
}

static const char *
take_apart(const struct evhttp_uri *uri, struct url *url)
{
    const char *scheme = evhttp_uri_get_scheme(uri), *host = evhttp_uri_get_host(uri);
    const char *path = evhttp_uri_get_path(uri), *query = evhttp_uri_get_query(uri);
    int port = evhttp_uri_get_port(uri);

    if (scheme != NULL && strcasecmp(scheme, "https") == 0)
        return "must start with http://; for TLS give the address of a proxy";
    if (scheme == NULL || strcasecmp(scheme, "http") != 0 || host == NULL || *host == '\0' || port == 0)
        return "must be http://HOST[:PORT][/PATH]";
    if (strlen(host) >= sizeof(url->host))
        return "must have a shorter host";
    if (evhttp_uri_get_userinfo(uri) != NULL || evhttp_uri_get_fragment(uri) != NULL)
        return "must have neither a user nor a fragment";
    url->port = port < 0 ? HTTP_PORT : port;
    take_host(url, host, strlen(host));
    snprintf(url->target, sizeof(url->target), "%.*s%s%.*s", URL_SIZE, path == NULL || *path == '\0' ? "/" : path,
             query == NULL ? "" : "?", URL_SIZE, query == NULL ? "" : query);
    return NULL;
}

const char *
url_read(const char *text, struct url *url)
{
    struct evhttp_uri *uri;
    const char *wrong;

    if (strlen(text) > URL_SIZE)
        return "must be shorter";
    uri = evhttp_uri_parse(text);
    if (uri == NULL)
        return "must be http://HOST[:PORT][/PATH]";
    wrong = take_apart(uri, url);
    evhttp_uri_free(uri);
    return wrong;
}
