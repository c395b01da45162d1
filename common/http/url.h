/* An http:// URL, taken apart for whoever connects to it. */
#ifndef URL_H
#define URL_H

enum { URL_SIZE = 2000, URL_HOST = 256 };

struct url {
    char host[URL_HOST];            /* a name, or an address without brackets */
    int port;
    char authority[URL_HOST + 10];  /* what the Host header says */
    char target[URL_SIZE + 2];      /* path and query; "/" if there are none */
};

/* NULL, or what is wrong with the text: "must be …". At most URL_SIZE bytes; no user, no fragment, no https. */
const char *url_read(const char *text, struct url *url);

#endif
