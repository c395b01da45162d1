/* Fixture: a run of the load driver against a service that a test plays, answer by answer, over real connections. */
#ifndef LOAD_SERVICE_H
#define LOAD_SERVICE_H

#include "../load/play.h"
#include "../load/run.h"

/* Ids of orders, but for the last digit. */
#define ORDER_ID_BUT_ONE "01a2041d-f156-754b-be09-467088eabd3"

struct load_service {
    struct run run;
    int listener;               /* order-svc and notify-svc are there */
    bool ended;                 /* a play has */
};

void load_service_init(struct load_service *service);
void load_service_release(struct load_service *service);

/* Takes the next connection and answers its first request, which is left in `request`. The connection stays open. Fails the
 * test after 10 s, as all of these. */
int load_service_answer(struct load_service *service, char *request, size_t room, const char *answer);
/* The answer to the next request of the same connection. */
void load_service_answer_again(struct load_service *service, int fd, char *request, size_t room, const char *answer);
/* One turn of the loop; false when it is too late. */
bool load_service_turn(struct load_service *service, int64_t until_us);

/* Runs the loop until the condition holds. */
#define LOAD_SERVICE_UNTIL(service_, condition_)                                                                     \
    do {                                                                                                             \
        int64_t until_ = run_now_us(&(service_)->run) + 10000000;                                                    \
        bool late_ = false;                                                                                          \
        while (!(condition_) && !late_)                                                                              \
            late_ = !load_service_turn(service_, until_);                                                            \
        ck_assert_msg(!late_, "waited too long until " #condition_);                                                 \
    } while (0)

#endif
