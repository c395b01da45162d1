/* All SQL of payment-svc. */
#ifndef PAYMENT_STORE_H
#define PAYMENT_STORE_H

#include "../common/base/outcome.h"
#include "payment.h"

/* ---- accounts ---- */

/* What opening or paying in came to. */
enum account_change { ACCOUNT_CHANGED, ACCOUNT_UNCHANGED, ACCOUNT_OTHER_CURRENCY, ACCOUNT_UNKNOWN, ACCOUNT_FULL };

enum account_change account_open(struct db *db, const char *customer_id, const char *currency, int64_t now_ms);
enum account_change account_deposit(struct db *db, const struct envelope *in, const char *customer_id,
                                    const char *currency, int64_t amount);
/* Takes the payment's amount if it is there; the ledger notes it. */
enum charge account_charge(struct db *db, const struct envelope *in, const struct payment *payment);
/* JSON in db_scratch; NULL if there is no such account. */
const char *account_json(struct db *db, const char *customer_id);

/* ---- payments ---- */

bool payment_exists(struct db *db, const char *order_id);
/* Stores a decision; false if the order has one. */
bool payment_insert(struct db *db, const struct envelope *in, const struct payment *payment);
/* COMPLETED becomes REFUNDED and the money is back; false if there was no charge to give back. */
bool payment_refund_if_completed(struct db *db, const struct envelope *in);
/* No payment, or one that was declined, becomes VOIDED; false if it was so, or was refunded. */
bool payment_void(struct db *db, const struct envelope *in, const struct payment *payment);

/* Says what the payment is now, with its data as EVENTS.md describes them. */
struct outcome payment_say(struct db *db, const struct envelope *in, enum envelope_type type);
const char *payment_json(struct db *db, const char *order_id);
/* For operators: each thing that happened to the order here. */
void payment_timeline(struct db *db, const char *order_id,
                      void (*each)(void *context, int64_t at_ms, const char *what), void *context);

#endif
