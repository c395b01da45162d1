#include "attack.h"

#include <stddef.h>
#include <string.h>

#define GET "GET /orders/01890000-0000-7000-8000-000000000000 HTTP/1.1\r\nHost: a\r\n"     /* an order that is not there */
#define POST "POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
#define ORDER "{\"customer_id\":\"mallory\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"book\",\"quantity\":1,\"unit_price\":1}]}"
#define ORDER_SIZE "95"
#define XS "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

_Static_assert(sizeof(ORDER) - 1 == 95, "ORDER_SIZE is the size of ORDER");

const struct attack attacks[] = {
    { .name = "silent", .first = "", .what = "connects and says nothing" },
    { .name = "slow-header", .first = GET "X-Slow: ", .again = "x", .every_ms = 100,
      .what = "a byte of a header each 100 ms" },
    { .name = "slow-body", .first = POST "Content-Length: 2000\r\n\r\n", .again = " ", .every_ms = 100,
      .what = "a byte of a body each 100 ms" },
    { .name = "headers", .first = GET, .again = "X-Bomb: " XS "\r\n", .what = "headers without end" },
    { .name = "header", .first = GET "X-Bomb: ", .again = XS, .what = "one header without end" },
    { .name = "body", .first = POST "Content-Length: 100000000000\r\n\r\n", .again = XS, .what = "a body of 100 GB" },
    { .name = "chunks", .first = POST "Transfer-Encoding: chunked\r\n\r\n", .again = "40\r\n" XS "\r\n",
      .what = "a chunked body without end" },
    { .name = "one-chunk", .first = POST "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", .again = XS,
      .what = "a chunk of 8 EB" },
    { .name = "two-lengths", .first = POST "Content-Length: " ORDER_SIZE "\r\nContent-Length: 2\r\n\r\n" ORDER,
      .what = "two lengths" },
    { .name = "no-length", .first = POST "\r\n" ORDER, .what = "a body without a length" },
    { .name = "noise", .first = "\x16\x03\x01\x02\r\n\r\n", .again = XS "\r\n", .what = "no HTTP at all" },
    { .name = "pipeline", .first = "", .again = GET "\r\n", .what = "requests without end, all answers read" },
    { .name = "deaf-pipeline", .first = "", .again = GET "\r\n", .deaf = true, .what = "the same, no answer read" },
    { .name = "deaf-stream", .first = "GET /orders/events?after=0 HTTP/1.1\r\nHost: a\r\n\r\n", .deaf = true,
      .what = "a stream of events, never read" },
    { .name = "half-closed", .first = GET "\r\n", .half = true, .what = "a request, then the end of what it says" },
    { .name = "half-request", .first = POST "Content-Length: " ORDER_SIZE "\r\n\r\n{\"customer_id\"", .half = true,
      .what = "half a request, then the end of what it says" },
    { .name = "one-key", .first = POST "Connection: close\r\nIdempotency-Key: hostile\r\nContent-Length: " ORDER_SIZE "\r\n\r\n" ORDER,
      .what = "the same order under one Idempotency-Key" },
    { .name = NULL },
};

const struct attack *
attack_find(const char *name)
{
    for (const struct attack *attack = attacks; attack->name != NULL; attack++)
        if (strcmp(attack->name, name) == 0)
            return attack;
    return NULL;
}
