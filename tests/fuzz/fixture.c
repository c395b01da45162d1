/* What services hold before an input. Ids are fixed, so that the corpora can name them:
 *
 *     01900000-0000-7000-8000-00000000000N, N = 1 CREATED, 2 PAID, 3 REJECTED, 4 CANCELLED and voided, 5 REFUNDED */
#include "members.h"

#include "../../common/base/memory.h"
#include "../../common/store/db.h"
#include "../../common/store/dead_letter.h"
#include "../../common/store/group_commit.h"
#include "fuzz.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ID(last_) "01900000-0000-7000-8000-00000000000" last_
#define NOW "1767225600000"
#define LATER "4102444800000"

static const char orders[] =
    "INSERT INTO orders (order_id, customer_id, currency, amount, status, reason, version, partition, created_seq, created_at,"
    "                    pay_by, closed_at) VALUES"
    " ('" ID("1") "', 'alice', 'EUR', 2500, 'CREATED', NULL, 1, 7, 1, " NOW ", " LATER ", NULL),"
    " ('" ID("2") "', 'alice', 'EUR', 2500, 'PAID', NULL, 2, 7, 2, " NOW ", " LATER ", NULL),"
    " ('" ID("3") "', 'bob', 'EUR', 2500, 'REJECTED', 'insufficient_funds', 2, 7, 3, " NOW ", " LATER ", NULL),"
    " ('" ID("4") "', 'alice', 'EUR', 2500, 'CANCELLED', 'customer', 2, 7, 4, " NOW ", " LATER ", " NOW "),"
    " ('" ID("5") "', 'alice', 'EUR', 2500, 'REFUNDED', 'customer', 4, 7, 5, " NOW ", " LATER ", " NOW ");"
    "INSERT INTO order_item SELECT order_id, 1, 'book', 2, 1250 FROM orders;"
    "INSERT INTO order_history (order_id, at, what, status, detail, cause)"
    " SELECT order_id, " NOW ", 'request', 'CREATED', NULL, 'request:' || order_id FROM orders;"
    "INSERT INTO outbox (event_id, type, subject, partition, sequence, causation, said_at, data)"
    " SELECT replace(order_id, '-8000-', '-8001-'), 'order.created', order_id, 7, 1, 'request:' || order_id, " NOW ","
    "        json_object('order_id', order_id, 'customer_id', customer_id, 'currency', currency, 'amount', amount,"
    "                    'pay_by', '2100-01-01T00:00:00.000Z') FROM orders;"
    "UPDATE relay_cursor SET seq = 3;"
    "INSERT INTO outbox_parked (seq, event_id, type, subject, partition, sequence, causation, said_at, data, state, reason,"
    "                           parked_at) VALUES"
    " (100, '" ID("a") "', 'order.cancelled', '" ID("4") "', 7, 2, 'request:1', " NOW ", '{}', 'PARKED', 'MSG_SIZE_TOO_LARGE', "
    NOW "),"
    " (101, '" ID("b") "', 'order.cancelled', '" ID("4") "', 7, 3, 'request:1', " NOW ", '{}', 'WAITING', 'behind 100', " NOW ");";

static const char payments[] =
    "INSERT INTO account (customer_id, currency, balance, deposited, opened_at) VALUES"
    " ('alice', 'EUR', 97500, 100000, " NOW "), ('bob', 'EUR', 0, 0, " NOW ");"
    "INSERT INTO payment (order_id, customer_id, currency, amount, status, reason, version, decided_at) VALUES"
    " ('" ID("2") "', 'alice', 'EUR', 2500, 'COMPLETED', NULL, 1, " NOW "),"
    " ('" ID("3") "', 'bob', 'EUR', 2500, 'DECLINED', 'insufficient_funds', 1, " NOW "),"
    " ('" ID("4") "', 'alice', 'EUR', 2500, 'VOIDED', NULL, 1, " NOW "),"
    " ('" ID("5") "', 'alice', 'EUR', 2500, 'REFUNDED', NULL, 2, " NOW ");"
    "INSERT INTO ledger (customer_id, order_id, kind, amount, at, cause) VALUES"
    " ('alice', NULL, 'DEPOSIT', 100000, " NOW ", 'request:1'), ('alice', '" ID("2") "', 'CHARGE', -2500, " NOW ", '1'),"
    " ('alice', '" ID("5") "', 'CHARGE', -2500, " NOW ", '2'), ('alice', '" ID("5") "', 'REFUND', 2500, " NOW ", '3');";

static const char notifications[] =
    "INSERT INTO notification (order_id, kind, notification_id, customer_id, channel, status, text, tries, created_at, done_at)"
    " VALUES ('" ID("2") "', 'paid', '" ID("c") "', 'alice', 'console', 'SENT', 'Dear alice', 0, " NOW ", " NOW ");";

/* Dead letters of order-svc: one that is an event, one that is not. */
static void
keep_letters(const struct core *core)
{
    static const struct envelope out = {
        .type = PAYMENT_DECLINED, .id = ID("d"), .subject = ID("1"), .causation = "request:1", .source = "/payment-svc",
        .data = "{\"reason\":\"expired\"}", .data_size = sizeof("{\"reason\":\"expired\"}") - 1, .topic = PAYMENTS,
        .partition = 7, .time = FUZZ_NOW_MS,
    };
    struct record_room room;
    static const struct record_header type = { "ce_type", "\xc2\x9b\x1b[2J", 6 };
    struct record bad = { .topic = NOTIFICATIONS, .partition = 3, .offset = 9, .timestamp = FUZZ_NOW_MS,
                          .headers = &type, .header_count = 1, .value = "\xff\0\x1b",
                          .value_size = 3 };
    struct dead_letter letter = { .record = record_of_event(&out, &room), .reason = "malformed_payment", .message = "why",
                                  .group = "order-svc", .original_topic = "payments", .cluster = "one",
                                  .received_at = FUZZ_NOW_MS };

    dead_letter_keep(core->db, &letter);
    letter.record = bad;
    letter.reason = "not_a_cloudevent";
    dead_letter_keep(core->db, &letter);
}

void
fixture_fill(const struct core *core)
{
    bool is_order = strcmp(core->service->name, "order-svc") == 0, is_payment = strcmp(core->service->name, "payment-svc") == 0;

    db_script(core->db, is_order ? orders : is_payment ? payments : notifications);
    if (is_order)
        keep_letters(core);
    MUST(db_failure(core->db) == DB_FINE, "%s", db_failure_text(core->db));
    db_end_cause(core->db);
}

/* ---- settings ---- */

struct settings *
fixture_settings(const struct service *service, const char *data_dir)
{
    static char *nothing[] = { NULL };
    struct settings *settings = memory_new(1, service->settings_size);
    char **before = environ;

    environ = nothing;
    MUST(settings_read(service->settings, settings, 0, data_dir, 1, NULL, stderr).command == COMMAND_RUN, "bad defaults");
    environ = before;
    return settings;
}

/* ---- log ---- */

void
log_open(struct log *log, const char *service, const struct clock *clock)
{
    *log = (struct log){ .service = service, .clock = clock, .level = LOG_INFO, .fd = memfd_create("log", MFD_CLOEXEC) };
}

void
log_check(const struct log *log)
{
    off_t size = lseek(log->fd, 0, SEEK_CUR);
    char *text, *line;

    if (size == 0)
        return;
    text = memory_new((size_t)size + 1, 1);
    MUST(pread(log->fd, text, (size_t)size, 0) == size && strlen(text) == (size_t)size, "a NUL in the log");
    for (line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        MUST(strncmp(line, "ts=", 3) == 0 && strchr(line, '\n') != NULL, "no line of a log: %s", line);
        MUST(text_is_harmless(line, strcspn(line, "\n")), "a control character in the log: %s", line);
    }
    free(text);
    MUST(ftruncate(log->fd, 0) == 0 && lseek(log->fd, 0, SEEK_SET) == 0, "the log cannot be emptied");
}
