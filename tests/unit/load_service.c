#include "load_service.h"

#include "../../common/base/memory.h"
#include "../load/mix.h"
#include "../load/news.h"

#include <arpa/inet.h>
#include <check.h>
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

static void
listen_somewhere(struct load_service *service)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct addresses *orders = &service->run.arguments.order;
    socklen_t size = sizeof(address);

    service->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(service->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(service->listener, 5), 0);
    ck_assert_int_eq(getsockname(service->listener, (struct sockaddr *)&address, &size), 0);
    memcpy(&orders->of[0].socket, &address, size);
    orders->of[0].size = size;
    orders->count = 1;
    strcpy(orders->of[0].host, "127.0.0.1");
    service->run.arguments.payment = service->run.arguments.notify = *orders;
}

static void
on_play_end(void *context)
{
    struct load_service *service = context;

    service->ended = true;
}

void
load_service_init(struct load_service *service)
{
    struct arguments *arguments = &service->run.arguments;

    *service = (struct load_service){ .ended = false };
    listen_somewhere(service);
    strcpy(arguments->authorization, "Authorization: Bearer secret\r\n");
    arguments->clients = arguments->customers = arguments->seed = 1;
    arguments->drain_s = arguments->give_up_s = 30;
    service->run.mix = memory_new(1, sizeof(struct mix));
    mix_schedule(service->run.mix, arguments);
    service->run.on_play_end = on_play_end;
    service->run.on_play_end_context = service;
    run_init(&service->run);
}

void
load_service_release(struct load_service *service)
{
    run_release(&service->run);
    close(service->listener);
}

/* A short sleep in the loop, so that waiting takes no CPU. */
bool
load_service_turn(struct load_service *service, int64_t until_us)
{
    static const struct timeval soon = { .tv_usec = 1000 };

    event_base_loopexit(service->run.base, &soon);
    event_base_dispatch(service->run.base);
    return run_now_us(&service->run) < until_us;
}

void
load_service_answer_again(struct load_service *service, int fd, char *request, size_t room, const char *answer)
{
    ssize_t got = 0;

    LOAD_SERVICE_UNTIL(service, got > 0 || (got = recv(fd, request, room - 1, 0)) > 0);
    request[got] = '\0';
    ck_assert_int_eq((int)send(fd, answer, strlen(answer), MSG_NOSIGNAL), (int)strlen(answer));
}

int
load_service_answer(struct load_service *service, char *request, size_t room, const char *answer)
{
    int fd = -1;

    LOAD_SERVICE_UNTIL(service, fd >= 0 || (fd = accept4(service->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0);
    load_service_answer_again(service, fd, request, room, answer);
    return fd;
}
