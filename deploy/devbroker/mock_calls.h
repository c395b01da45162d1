/*
 * mock_calls.h: makes librdkafka's mock broker listen where we want, and let clients in when we want.
 *
 * The mock binds to a port that the kernel chooses, serves whoever comes from the first moment on, and has no settings
 * for it. So this program defines bind(), accept(), listen() and poll() itself: the linker prefers a program's own
 * functions to those of the C library, for the calls of shared libraries too.
 */
#ifndef DEVBROKER_MOCK_CALLS_H
#define DEVBROKER_MOCK_CALLS_H

#include <stdint.h>

/*
 * Takes 127.0.0.1:port for the mock broker that is created next. Returns 0; or -1 with errno, EADDRINUSE if the port
 * is taken. It is taken before the mock is there because the mock aborts the process when its own bind() fails.
 */
int mock_calls_take_port(uint16_t port);

/* Lets clients in: until then accept() answers EAGAIN to the mock, and they wait in the kernel's queue. */
void mock_calls_let_in(void);

#endif
