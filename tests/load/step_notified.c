/* expect notified: looks again and again at what the notifications topic has brought. */
#include "notified.h"
#include "steps.h"

enum { LOOK_EVERY_US = 10000 };

void
begin_expect_notified(struct play *play)
{
    int64_t within = play->step->within_us > 0 ? play->step->within_us : play->run->arguments.drain_s * 1000000;
    int64_t waited = run_now_us(play->run) - play->step_us;
    char told[STATUS_TEXT], wanted[STATUS_TEXT];
    unsigned heard;

    if (play->run->notified == NULL) {
        play_fail(play, "who is notified is heard only with --notified BROKERS");
        return;
    }
    heard = notified_heard(play->run->notified, play->order_id);
    if ((heard & play->step->statuses) != 0 && waited <= within)
        play_next(play);
    else if (waited > within)
        play_fail(play, "its customer was told %s after %.1f s, expected %s", status_names(heard, told),
                  (double)waited / 1e6, status_names(play->step->statuses, wanted));
    else
        step_sleep(play, LOOK_EVERY_US);
}
