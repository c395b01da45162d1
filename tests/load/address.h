/* Where a service or a broker is. Load goes to this machine only, unless somebody insists. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

struct address {
    struct sockaddr_storage socket;
    socklen_t size;
    char host[300];                 /* as given, with the port: for people and for the Host header */
};

enum { SHARDS_AT_MOST = 64 };

/* Where the shards of a service are, in their order. */
struct addresses {
    int count;
    struct address of[SHARDS_AT_MOST];
};

/* Reads http://HOST[:PORT],http://HOST[:PORT]… and finds the addresses; others than loopback ones only if anywhere. -1 with
 * *error (the caller's). */
int addresses_read(struct addresses *addresses, const char *urls, bool anywhere, char **error);
/* All of HOST:PORT,HOST:PORT… are loopback addresses. -1 with *error (the caller's). */
int address_check_brokers(const char *brokers, char **error);

#endif
