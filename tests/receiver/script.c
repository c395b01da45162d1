#include "script.h"

#include <event2/buffer.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEGABYTE = 1 << 20 };

static bool
is_word(const char *text, size_t size)
{
    static const char words[] = " hang late close reset junk heads half big chunked continue early last ";
    char between[WORD + 3];

    snprintf(between, sizeof(between), " %.*s ", (int)size, text);
    return strstr(words, between) != NULL || (size == 3 && strspn(text, "0123456789") == 3);
}

void
script_word(const char *customer, int n, char word[WORD])
{
    size_t size = strcspn(customer, "-");

    if (!is_word(customer, size)) {
        strcpy(word, "200");
        return;
    }
    while (n-- > 1 && customer[size] == '-') {
        customer += size + 1;
        size = strcspn(customer, "-");
    }
    snprintf(word, WORD, "%.*s", (int)size, customer);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"

static const struct {
    const char *word, *text;
} texts[] = {
    { "junk", "this is no HTTP\r\n\r\n" },
    { "half", OK "Content-Length: 10\r\n\r\n{}" },
    { "chunked", OK "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" },
    { "continue", "HTTP/1.1 100 Continue\r\n\r\n" OK EMPTY },
    { "early", "HTTP/1.1 103 Early Hints\r\n\r\n" OK EMPTY },
    { "last", OK "Connection: close\r\n" EMPTY },
};

static void
send_long(struct evbuffer *output, bool head)
{
    if (!head)
        evbuffer_add_printf(output, OK "Content-Length: %d\r\n\r\n", MEGABYTE);
    else
        evbuffer_add_printf(output, OK);
    for (int i = 0; i < MEGABYTE; i += 32)
        evbuffer_add_printf(output, "x-header-%07d: %011d\r\n", i, i);        /* 32 bytes */
}

void
script_answer(struct evbuffer *output, const char *word)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(word, texts[i].word) == 0) {
            evbuffer_add(output, texts[i].text, strlen(texts[i].text));
            return;
        }
    if (strcmp(word, "heads") == 0 || strcmp(word, "big") == 0)
        send_long(output, *word == 'h');
    else
        evbuffer_add_printf(output, "HTTP/1.1 %d Answer\r\n" EMPTY, atoi(word));
}
