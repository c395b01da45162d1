#include "address.h"

#include "../../common/base/error.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_loopback(const struct sockaddr *socket)
{
    if (socket->sa_family == AF_INET) {
        struct sockaddr_in ip4;

        memcpy(&ip4, socket, sizeof(ip4));
        return ntohl(ip4.sin_addr.s_addr) >> 24 == 127;
    }
    if (socket->sa_family == AF_INET6) {
        struct sockaddr_in6 ip6;

        memcpy(&ip6, socket, sizeof(ip6));
        return IN6_IS_ADDR_LOOPBACK(&ip6.sin6_addr);
    }
    return false;
}

/* HOST, HOST:PORT or [IPV6]:PORT into its parts. -1 if it is none of them. */
static int
split(const char *text, size_t size, char host[256], char port[8])
{
    const char *end = text + size, *colon = memrchr(text, ':', size), *close = memchr(text, ']', size);
    size_t host_size;

    strcpy(port, "80");
    if (colon == NULL || (close != NULL && colon < close))
        colon = end;
    else if (end - colon < 2 || end - colon > 6)
        return -1;
    else
        snprintf(port, 8, "%.*s", (int)(end - colon - 1), colon + 1);
    if (close != NULL && (*text != '[' || close + 1 != colon))
        return -1;
    host_size = (size_t)(colon - text);
    if (close != NULL) {
        text++;
        host_size -= 2;
    }
    if (host_size == 0 || host_size > 255)
        return -1;
    memcpy(host, text, host_size);
    host[host_size] = '\0';
    return 0;
}

static int
look_up(struct address *address, const char *text, size_t size, bool anywhere, char **error)
{
    const struct addrinfo wanted = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char host[256], port[8];
    bool allowed = anywhere;
    int problem;

    if (split(text, size, host, port) != 0)
        return error_set(error, "%.*s: expected HOST:PORT", (int)size, text);
    problem = getaddrinfo(host, port, &wanted, &found);
    if (problem != 0)
        return error_set(error, "%.*s: %s", (int)size, text, gai_strerror(problem));
    allowed = allowed || is_loopback(found->ai_addr);
    memcpy(&address->socket, found->ai_addr, found->ai_addrlen);
    address->size = found->ai_addrlen;
    freeaddrinfo(found);
    if (!allowed)
        return error_set(error, "%.*s is another machine; load goes to 127.0.0.1 unless --anywhere is given", (int)size,
                         text);
    return 0;
}

static int
read_one(struct address *address, const char *url, bool anywhere, char **error)
{
    const char *text = url + 7;
    size_t size;

    if (strncasecmp(url, "http://", 7) != 0)
        return error_set(error, "%s: expected http://HOST:PORT", url);
    size = strcspn(text, "/?#");
    if (text[size] != '\0' && strcmp(text + size, "/") != 0)
        return error_set(error, "%s: expected http://HOST:PORT and nothing behind it", url);
    if (look_up(address, text, size, anywhere, error) != 0)
        return -1;
    snprintf(address->host, sizeof(address->host), "%.*s", (int)size, text);
    return 0;
}

int
addresses_read(struct addresses *addresses, const char *urls, bool anywhere, char **error)
{
    addresses->count = 0;
    do {
        size_t size = strcspn(urls, ",");
        char url[300];

        if (addresses->count == SHARDS_AT_MOST)
            return error_set(error, "more than %d addresses for one service", SHARDS_AT_MOST);
        snprintf(url, sizeof(url), "%.*s", (int)size, urls);
        if (read_one(&addresses->of[addresses->count++], url, anywhere, error) != 0)
            return -1;
        urls += size;
    } while (*urls++ == ',');
    return 0;
}

int
address_check_brokers(const char *brokers, char **error)
{
    struct address address;

    do {
        size_t size = strcspn(brokers, ",");

        if (look_up(&address, brokers, size, false, error) != 0)
            return -1;
        brokers += size;
    } while (*brokers++ == ',');
    return 0;
}
