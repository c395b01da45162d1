/* Every cell of the three state tables: what each event does to an order, a payment and a notification. */
#include "choreography.h"

#include "../../common/store/group_commit.h"

#include <check.h>
#include <string.h>

/* ---- Fixture ---- */

static struct choreography c;

static void
set_up(void)
{
    choreography_open(&c);
}

static void
tear_down(void)
{
    choreography_close(&c);
}

/* ---- Helpers ---- */

/* What one cause did, in words: the new status, what was said, "closed", "notice"; "-": nothing; "X": refused. */
struct look {
    const char *status;          /* and the reason, if there is one: "DECLINED(expired)" */
    int64_t closed, notices, tries, history, said;
};

static struct look
look_at(enum member of, const char *order_id)
{
    static const char order[] =
        "SELECT status || iif(reason IS NULL, '', '(' || reason || ')') FROM orders WHERE order_id = :id";
    static const char payment[] =
        "SELECT status || iif(reason IS NULL, '', '(' || reason || ')') FROM payment WHERE order_id = :id";
    static const char notification[] = "SELECT status FROM notification WHERE order_id = :id";
    const char *sql = of == ORDER_SVC ? order : of == PAYMENT_SVC ? payment : notification;
    struct look look = {
        .status = text_of(&c, of, sql, order_id),
        .said = number_of(&c, of, "SELECT count(*) FROM outbox"),
    };

    if (of == ORDER_SVC) {
        look.closed = number_of(&c, of, "SELECT count(closed_at) FROM orders");
        look.notices = number_of(&c, of, "SELECT count(*) FROM order_notice");
        look.history = number_of(&c, of, "SELECT count(*) FROM order_history");
    } else if (of == NOTIFY_SVC) {
        look.tries = number_of(&c, of, "SELECT total(tries) FROM notification");
    }
    return look;
}

static const char *
add_word(const char *words, const char *word)
{
    return *words == '\0' ? word : arena_format(&c.arena, "%s %s", words, word);
}

static const char *
difference(enum member of, struct look before, struct look after)
{
    static const char last[] = "SELECT type FROM outbox ORDER BY seq DESC LIMIT 1";
    const char *words = "";

    if (strcmp(before.status, after.status) != 0)
        words = add_word(words, after.status);
    if (after.notices > before.notices)
        words = add_word(words, "notice");
    if (after.closed > before.closed)
        words = add_word(words, "closed");
    if (after.tries > before.tries)
        words = add_word(words, "try");
    if (after.said > before.said)
        words = add_word(words, text_of(&c, of, last, NULL));
    ck_assert_int_le(after.said - before.said, 1);
    return words;
}

/* A cause of one cell: sends it and answers how it went, as a word for when nothing changed. */
typedef const char *cause(const char *order_id, const char *what);

static const char *
word_of(struct result result)
{
    if (result.how == UNDONE_REFUSED)
        return strcmp(result.code, "impossible_state") == 0 ? "X" : result.code;
    return result.how == HANDLED_BEFORE ? "-" : result.how == HANDLED ? "done" : "?";
}

static const char *
effect(enum member of, cause *send, const char *order_id, const char *what)
{
    struct look before = look_at(of, order_id);
    const char *word = send(order_id, what);
    struct look after = look_at(of, order_id);
    const char *words = difference(of, before, after);

    if (of == ORDER_SVC)        /* the timeline has a row only when something changed */
        ck_assert_int_eq(after.history - before.history, *words == '\0' ? 0 : 1);
    if (of == PAYMENT_SVC)
        ck_assert_int_eq(number_of(&c, of, "SELECT count(*) FROM account WHERE balance <>"
                                           " (SELECT sum(amount) FROM ledger WHERE customer_id = 'alice')"), 0);
    return *words == '\0' ? word : words;
}

/* The second time the same cause changes nothing: it is refused again, or answered as before. */
static void
check_cell(enum member of, cause *send, const char *order_id, const char *state, const char *what, const char *wanted)
{
    const char *first = effect(of, send, order_id, what), *second;
    bool fixed = strcmp(wanted, "X") == 0 || strcmp(wanted, "409") == 0;
    const char *then = fixed ? wanted : strcmp(what, "cancellation") == 0 ? "200" : "-";

    ck_assert_msg(strcmp(first, wanted) == 0, "%s in %s: is \"%s\", should be \"%s\"", what, state, first, wanted);
    if (strcmp(wanted, "try") == 0)
        return;
    second = effect(of, send, order_id, what);
    ck_assert_msg(strcmp(second, then) == 0, "%s twice in %s: is \"%s\", should be \"%s\"", what, state, second, then);
}

#define ROWS(table_) ((int)(sizeof(table_) / sizeof((table_)[0])))

/* ---- order-svc ---- */

enum { ORDER_STATES = 5 };

static const char *const order_states[ORDER_STATES] = { "CREATED", "PAID", "REJECTED", "CANCELLED", "REFUNDED" };

static const struct {
    const char *what;
    const char *cells[ORDER_STATES];
} order_table[] = {
    /* clang-format off */
    { "payment.completed",       { "PAID order.paid", "-", "X", "-", "-" } },
    { "payment.declined",        { "REJECTED(expired) order.rejected", "X", "-", "-", "X" } },
    { "payment.voided",          { "X", "X", "X", "closed", "X" } },
    { "payment.refunded",        { "X", "X", "X", "REFUNDED(customer) closed", "-" } },
    { "cancellation",            { "CANCELLED(customer) order.cancelled", "CANCELLED(customer) order.cancelled",
                                   "409", "200", "200" } },
    { "expiry",                  { "CANCELLED(expired) order.cancelled", "-", "-", "-", "-" } },
    { "notification paid",       { "X", "notice closed", "X", "notice", "notice" } },
    { "notification rejected",   { "X", "X", "notice closed", "X", "X" } },
    { "notification cancelled",  { "X", "X", "X", "notice", "notice" } },
    { "notification refunded",   { "X", "X", "X", "notice", "notice" } },
    { "give up completed",       { "CANCELLED(payment_unprocessable) order.cancelled", "-", "-", "-", "-" } },
    { "order.created refused",   { "CANCELLED(publish_failed) order.cancelled", "-", "-", "-", "-" } },
    /* clang-format on */
};

/* By the way an order really takes; the customer has not been told anything. */
static const char *
order_in(const char *state)
{
    bool rejected = strcmp(state, "REJECTED") == 0, cancelled = strcmp(state, "CANCELLED") == 0;
    bool refunded = strcmp(state, "REFUNDED") == 0, created = strcmp(state, "CREATED") == 0;
    const char *order_id;

    open_account(&c, "alice", "EUR", rejected ? 1 : 2500);
    order_id = place_order(&c, "alice");
    relay(&c);
    if (!created && !cancelled)
        run_only(&c, ORDER_SVC, PAYMENT_SVC);
    if (cancelled || refunded)
        ck_assert_int_eq(cancel_order(&c, order_id), 200);
    if (refunded)
        run_only(&c, ORDER_SVC, PAYMENT_SVC);
    ck_assert_str_eq(text_of(&c, ORDER_SVC, "SELECT status FROM orders", NULL), state);
    return order_id;
}

static const char *
notify_order(const char *order_id, enum envelope_type type, const char *kind)
{
    struct envelope in = event_about(&c, type, order_id, arena_format(&c.arena, "{\"kind\":\"%s\"}", kind));

    return word_of(deliver(&c, ORDER_SVC, &in));
}

static const char *
refuse_created(const char *order_id)
{
    struct envelope refused = event_about(&c, ORDER_CREATED, order_id, "{}");
    struct result result = core_if_refused(&c.cores[ORDER_SVC], &refused, NOTHING_ELSE);

    ck_assert(group_commit(c.cores[ORDER_SVC].group));
    return word_of(result);
}

static const char *
send_to_order(const char *order_id, const char *what)
{
    struct envelope in;

    if (strcmp(what, "cancellation") == 0)
        return arena_format(&c.arena, "%d", cancel_order(&c, order_id));
    if (strcmp(what, "expiry") == 0)
        return word_of(expire(&c, order_id));
    if (strcmp(what, "order.created refused") == 0)
        return refuse_created(order_id);
    if (strncmp(what, "notification ", 13) == 0)
        return notify_order(order_id, NOTIFICATION_SENT, what + 13);
    if (strcmp(what, "give up completed") == 0) {
        in = event_about(&c, PAYMENT_COMPLETED, order_id, "{}");
        return word_of(give_up(&c, ORDER_SVC, &in));
    }
    in = event_about(&c, envelope_type_parse(what), order_id, "{\"reason\":\"expired\"}");
    return word_of(deliver(&c, ORDER_SVC, &in));
}

START_TEST(every_cell_of_the_table_of_orders_is_as_designed)
{
    const char *state = order_states[_i % ORDER_STATES], *what = order_table[_i / ORDER_STATES].what;

    check_cell(ORDER_SVC, send_to_order, order_in(state), state, what,
               order_table[_i / ORDER_STATES].cells[_i % ORDER_STATES]);
}
END_TEST

/* ---- payment-svc ---- */

enum { PAYMENT_STATES = 5 };

static const char *const payment_states[PAYMENT_STATES] = { "none", "COMPLETED", "DECLINED", "VOIDED", "REFUNDED" };

static const struct {
    const char *what;
    const char *cells[PAYMENT_STATES];
} payment_table[] = {
    /* clang-format off */
    { "order.created",           { "COMPLETED payment.completed", "-", "-", "-", "-" } },
    { "order.created too dear",  { "DECLINED(insufficient_funds) payment.declined", "-", "-", "-", "-" } },
    { "order.created of nobody", { "DECLINED(unknown_account) payment.declined", "-", "-", "-", "-" } },
    { "order.created in USD",    { "DECLINED(currency_mismatch) payment.declined", "-", "-", "-", "-" } },
    { "order.created too late",  { "DECLINED(expired) payment.declined", "-", "-", "-", "-" } },
    { "give up order.created",   { "DECLINED(unprocessable) payment.declined", "-", "-", "-", "-" } },
    { "order.cancelled",         { "VOIDED payment.voided", "REFUNDED payment.refunded",
                                   "VOIDED(unknown_account) payment.voided", "-", "-" } },
    { "give up order.cancelled", { "?", "?", "?", "?", "?" } },
    /* clang-format on */
};

static struct envelope
order_said(const char *order_id, enum envelope_type type, const char *customer, const char *currency, int amount,
           const char *pay_by)
{
    static const char data[] = "{\"customer_id\":\"%s\",\"currency\":\"%s\",\"amount\":%d,\"pay_by\":\"%s\"}";

    return event_about(&c, type, order_id, arena_format(&c.arena, data, customer, currency, amount, pay_by));
}

static const char in_time[] = "2026-01-01T00:15:00.000Z";

static const char *
send_to_payment(const char *order_id, const char *what)
{
    struct envelope in;

    if (strcmp(what, "order.created too dear") == 0)
        in = order_said(order_id, ORDER_CREATED, "alice", "EUR", 100001, in_time);
    else if (strcmp(what, "order.created of nobody") == 0)
        in = order_said(order_id, ORDER_CREATED, "nobody", "EUR", 2500, in_time);
    else if (strcmp(what, "order.created in USD") == 0)
        in = order_said(order_id, ORDER_CREATED, "alice", "USD", 2500, in_time);
    else if (strcmp(what, "order.created too late") == 0)
        in = order_said(order_id, ORDER_CREATED, "alice", "EUR", 2500, "2025-12-31T23:59:59.999Z");
    else
        in = order_said(order_id, strstr(what, "cancelled") != NULL ? ORDER_CANCELLED : ORDER_CREATED, "alice", "EUR",
                        2500, in_time);
    if (strncmp(what, "give up", 7) == 0)
        return word_of(give_up(&c, PAYMENT_SVC, &in));
    return word_of(deliver(&c, PAYMENT_SVC, &in));
}

static const char *
payment_in(const char *state)
{
    const char *order_id = new_id(&c, "");

    open_account(&c, "alice", "EUR", 100000);
    if (strcmp(state, "DECLINED") == 0)
        send_to_payment(order_id, "order.created of nobody");
    else if (strcmp(state, "COMPLETED") == 0 || strcmp(state, "REFUNDED") == 0)
        send_to_payment(order_id, "order.created");
    if (strcmp(state, "VOIDED") == 0 || strcmp(state, "REFUNDED") == 0)
        send_to_payment(order_id, "order.cancelled");
    ck_assert_str_eq(text_of(&c, PAYMENT_SVC, "SELECT status FROM payment UNION ALL SELECT 'none'", NULL), state);
    return order_id;
}

START_TEST(every_cell_of_the_table_of_payments_is_as_designed)
{
    const char *state = payment_states[_i % PAYMENT_STATES], *what = payment_table[_i / PAYMENT_STATES].what;
    const char *wanted = payment_table[_i / PAYMENT_STATES].cells[_i % PAYMENT_STATES];
    const char *order_id = payment_in(state);

    if (strcmp(wanted, "?") == 0)       /* the row has no give_up: it is a compensation itself */
        ck_assert_str_eq(effect(PAYMENT_SVC, send_to_payment, order_id, what), "?");
    else
        check_cell(PAYMENT_SVC, send_to_payment, order_id, state, what, wanted);
}
END_TEST

/* ---- notify-svc ---- */

enum { NOTIFY_STATES = 4 };

static const char *const notify_states[NOTIFY_STATES] = { "none", "PENDING", "SENT", "FAILED" };

static const struct {
    const char *what;
    const char *cells[NOTIFY_STATES];
} notify_table[] = {
    /* clang-format off */
    { "console",     { "SENT notification.sent", "-", "-", "-" } },
    { "webhook",     { "PENDING", "-", "-", "-" } },
    { "delivered",   { "-", "SENT try notification.sent", "-", "-" } },
    { "undeliverable", { "-", "FAILED try notification.failed", "-", "-" } },
    { "postponed",   { "-", "try", "-", "-" } },
    { "give up",     { "FAILED notification.failed", "-", "-", "-" } },
    /* clang-format on */
};

static const struct {
    enum envelope_type type;
    const char *kind;
} news[] = { { ORDER_PAID, "paid" }, { ORDER_REJECTED, "rejected" }, { ORDER_CANCELLED, "cancelled" },
             { PAYMENT_REFUNDED, "refunded" } };

static int news_index;

static const char *
complete(const char *order_id, const char *what)
{
    const struct completion *completion = c.cores[NOTIFY_SVC].service->completions;
    struct envelope in = event_about(&c, NOTIFICATION_SENT, order_id,
                                     arena_format(&c.arena, "{\"kind\":\"%s\"}", news[news_index].kind));
    struct result result;

    in.type = NO_TYPE;
    while (strcmp(completion->name, what) != 0)
        completion++;
    result = core_complete(&c.cores[NOTIFY_SVC], completion, &in);
    ck_assert(group_commit(c.cores[NOTIFY_SVC].group));
    return word_of(result);
}

static const char *
send_to_notify(const char *order_id, const char *what)
{
    struct envelope in = event_about(&c, news[news_index].type, order_id, "{\"customer_id\":\"alice\"}");

    if (strcmp(what, "give up") == 0)
        return word_of(give_up(&c, NOTIFY_SVC, &in));
    if (strcmp(what, "console") != 0 && strcmp(what, "webhook") != 0)
        return complete(order_id, what);
    c.notify_settings.channel = what;
    return word_of(deliver(&c, NOTIFY_SVC, &in));
}

static const char *
notification_in(const char *state)
{
    const char *order_id = new_id(&c, "");

    if (strcmp(state, "none") != 0)
        send_to_notify(order_id, "webhook");
    if (strcmp(state, "SENT") == 0)
        complete(order_id, "delivered");
    else if (strcmp(state, "FAILED") == 0)
        complete(order_id, "undeliverable");
    ck_assert_str_eq(text_of(&c, NOTIFY_SVC, "SELECT status FROM notification UNION ALL SELECT 'none'", NULL), state);
    return order_id;
}

START_TEST(every_cell_of_the_table_of_notifications_is_as_designed)
{
    int cell = _i / ROWS(news);
    const char *state = notify_states[cell % NOTIFY_STATES], *what = notify_table[cell / NOTIFY_STATES].what;

    news_index = _i % ROWS(news);
    check_cell(NOTIFY_SVC, send_to_notify, notification_in(state), state, what,
               notify_table[cell / NOTIFY_STATES].cells[cell % NOTIFY_STATES]);
    ck_assert_int_le(number_of(&c, NOTIFY_SVC, "SELECT count(*) FROM notification"), 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("states");
    TCase *tcase = tcase_create("states");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_cell_of_the_table_of_orders_is_as_designed, 0, ROWS(order_table) * ORDER_STATES);
    tcase_add_loop_test(tcase, every_cell_of_the_table_of_payments_is_as_designed, 0,
                        ROWS(payment_table) * PAYMENT_STATES);
    tcase_add_loop_test(tcase, every_cell_of_the_table_of_notifications_is_as_designed, 0,
                        ROWS(notify_table) * NOTIFY_STATES * ROWS(news));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
