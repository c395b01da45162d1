#include "handler_faults.h"

#include "base/faults.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static const char on_purpose[] = "fault_on_purpose";

static void
sleep_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };

    nanosleep(&time, NULL);
}

/* What a bug does: a write where nothing may be written. */
static void
crash(void)
{
    volatile char *page = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *page = 1;
    abort();
}

struct outcome
handler_faults(struct faults *faults, const struct envelope *in, struct outcome outcome)
{
    if (faults_hit(faults, FAULT_HANDLER_SLOW, in->type))
        sleep_ms(faults_ms(faults, FAULT_HANDLER_SLOW));
    if (faults_hit(faults, FAULT_HANDLER_CRASHES, in->type))
        crash();
    if (faults_hit(faults, FAULT_HANDLER_REFUSES, in->type))
        return REFUSED(on_purpose);
    if (faults_hit(faults, FAULT_HANDLER_RETRIES, in->type))
        return RETRY(on_purpose);
    return outcome;
}

struct outcome
give_up_faults(struct faults *faults, const struct envelope *in, struct outcome outcome)
{
    if (faults_hit(faults, FAULT_GIVE_UP_CRASHES, in->type))
        crash();
    if (faults_hit(faults, FAULT_GIVE_UP_FAILS, in->type))
        return RETRY(on_purpose);
    return outcome;
}
