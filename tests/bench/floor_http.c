#include "floor.h"

#include <arpa/inet.h>
#include <err.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, HTTP_US = 1500000 };

static void
answer(struct evhttp_request *request, void *context)
{
    struct evbuffer *body = evhttp_request_get_output_buffer(request);

    (void)context;
    evbuffer_add_printf(body, "{\"order_id\":\"01a2041f-c8bc-725b-8a90-ed0dfb9680de\",\"status\":\"CREATED\"%0200d}", 0);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "application/json");
    evhttp_send_reply(request, 201, "Created", body);
}

/* Listens, and becomes the server in a child process. */
static pid_t
start_server(int *port)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    struct sockaddr_in address;
    socklen_t size = sizeof(address);
    pid_t pid;

    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    pid = fork();
    if (pid == 0) {
        event_reinit(base);
        evhttp_set_gencb(http, answer, NULL);
        event_base_dispatch(base);
        _exit(0);
    }
    evhttp_free(http);
    event_base_free(base);
    return pid;
}

static int
connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        err(1, "connect");
    return fd;
}

void
floor_http(void)
{
    static const char request[] =
        "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 97\r\n\r\n"
        "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":[{\"sku\":\"b\",\"quantity\":2,\"unit_price\":12500000}]}";
    struct pollfd fds[CONNECTIONS];
    int port, status, answers = 0;
    pid_t server = start_server(&port);
    struct rusage usage;
    char buffer[4096];
    int64_t start = floor_now_us();

    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = (struct pollfd){ .fd = connect_to(port), .events = POLLIN };
        if (write(fds[i].fd, request, sizeof(request) - 1) < 0)
            err(1, "write");
    }
    while (floor_now_us() - start < HTTP_US && poll(fds, CONNECTIONS, 1000) > 0)
        for (int i = 0; i < CONNECTIONS; i++)
            if (fds[i].revents != 0 && read(fds[i].fd, buffer, sizeof(buffer)) > 0) {
                answers++;
                if (write(fds[i].fd, request, sizeof(request) - 1) < 0)
                    err(1, "write");
            }
    kill(server, SIGKILL);
    wait4(server, &status, 0, &usage);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i].fd);
    printf("bare_http_cpu_us=%.1f\n", (double)floor_usage_us(&usage) / (answers > 0 ? answers : 1));
    printf("bare_http_rate=%lld\n", (long long)answers * 1000000 / HTTP_US);
}
