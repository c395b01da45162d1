#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct fuzz_target fuzz_targets[] = {
    { "http", fuzz_http, "connections to order-svc: its real server, routes and handlers" },
    { "ctl", fuzz_ctl, "connections to the operators' socket of order-svc" },
    { "order", fuzz_order, "the body of POST /orders" },
    { "key", fuzz_key, "requests with Idempotency-Keys, one after the other" },
    { "record", fuzz_record, "records of Kafka, to all three services" },
    { "letters", fuzz_letters, "the file of dead letters that a database refused" },
    { "settings", fuzz_settings, "a command line and an environment" },
    { "faults", fuzz_faults, "faults ordered by a setting" },
    { "words", fuzz_words, "what is typed after ctl" },
    { "text", fuzz_text, "times, percent-encoding, URLs, UUIDs" },
    { "properties", fuzz_properties, "the file of KAFKA_PROPERTIES" },
    { "token", fuzz_token, "the file of HTTP_TOKEN_FILE, and the header that shows it" },
    { "receiver", fuzz_receiver, "what the receiver of webhooks answers" },
    { "flow", fuzz_flow, "the load driver's flows and mixes" },
    { "answer", fuzz_answer, "what the load driver is answered, and its stream of events" },
    { "history", fuzz_history, "the auditor's --history" },
    { .name = NULL },
};

_Noreturn void
fuzz_fail(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: must hold: %s\n    ", file, line, condition);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}
