/* The address of a Unix socket in a folder, whatever the folder's path is long: sun_path holds 107 bytes, a path 4095. */
#ifndef UNIX_ADDRESS_H
#define UNIX_ADDRESS_H

#include <sys/un.h>

struct unix_address {
    struct sockaddr_un address;
    int folder;                     /* held open while the address is used; -1: not needed */
};

/* -1 with errno if the folder of a long path cannot be opened; end with unix_address_release then as well. */
int unix_address_init(struct unix_address *unix_address, const char *path);
void unix_address_release(struct unix_address *unix_address);

#endif
