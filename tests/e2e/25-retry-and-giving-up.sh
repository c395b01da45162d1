#!/usr/bin/env bash
# Goal: an event that cannot be handled now is tried again, each time later; its partition waits, everything else goes on.
# One that cannot be handled at all is given up after its attempts, in one transaction: a dead letter with Spring Kafka's
# headers, and the compensation that keeps the services agreeing. A compensation itself is tried without limit, and one that
# fails is left to people. What nobody knows stops a partition rather than filling the dead letters.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start ALLOW_FAULTS=1
account alice 1000000
first=$(order alice 10)
eventually "an order is PAID" is_closed "$first" PAID

# ---- helpers ----

partition_of() { sql order "SELECT partition FROM orders WHERE order_id = '$1'"; }
attempts() { sql "$1" "SELECT coalesce(max($2), 0) FROM attempt"; }
tried() { (($(attempts "$1" tries) >= $2)); }
no_attempts() { [[ $(sql "$1" "SELECT count(*) FROM attempt") == 0 ]]; }
reason() { get "$ORDER_URL/orders/$1" | jq -r '.reason'; }
letters() { sql "$1" "SELECT count(*) FROM dead_letter WHERE reason = '$2'"; }
is_letter() { (($(letters "$1" "$2") >= ${3:-1})); }
event_of() { sql order "SELECT event_id FROM outbox WHERE subject = '$1' AND type = '$2'"; }
# spoil SERVICE WORD...: a fault; mend SERVICE: none any more
spoil() { ctl "$1" fault set "${@:2}" >/dev/null || fail "the fault cannot be set"; }
mend() { ctl "$1" fault clear >/dev/null || fail "no fault was set"; }
again() { service_stop "$1" && service_start "$1" ALLOW_FAULTS=1 "${@:2}"; }
# The dead letter of an event on its topic, as kcat shows it; header NAME of LETTER, bytes NAME of it as numbers
on_dlt() { kcat -C -b "$BROKERS" -t "$1" -o beginning -e -q -J | jq -c --arg id "$2" 'select(.headers | index($id))'; }
header() { jq -r --arg name "$1" '.headers | .[index($name) + 1]' <<<"$letter"; }
bytes() { header "$1" | jq -Rrsc 'rtrimstr("\n") | explode | join(" ")'; }

# ---- for a while ----

again payment RETRY_BACKOFF_INTERVAL_MS=100 RETRY_MAX_ATTEMPTS=100
spoil payment handler-retries --type order.created
slow=$(order alice 10)
partition=$(partition_of "$slow")
eventually "payment-svc has tried four times" tried payment 4
mapfile -t waits < <(sed -n "s/.*event will be tried again.*event_id=$(event_of "$slow" order.created) .*again_ms=\([0-9]*\).*/\1/p" "$SET_DIR/payment.log")
for i in 0 1 2 3; do
    limit=$((100 << i))
    check "wait $((i + 1)) was ${waits[i]} ms: $((limit * 3 / 4)) to $limit" test "${waits[i]}" -ge $((limit * 3 / 4)) -a "${waits[i]}" -le $limit
done
service_stop payment
had=$(attempts payment tries)
# From now on it waits for minutes: what the others do is not a matter of luck.
service_start payment ALLOW_FAULTS=1 RETRY_BACKOFF_INTERVAL_MS=600000 RETRY_BACKOFF_MAX_MS=600000 RETRY_MAX_ATTEMPTS=100 FAULTS=handler-retries:type=order.created
eventually "a restart goes on counting" tried payment $((had + 1))
mend payment
contains "readiness says which partition waits" "orders/$partition: a record is tried again" "$(degraded payment)"
contains "status says why" "orders/$partition offset" "$(ctl payment status | grep fault_on_purpose)"
equal "metrics, too" 1 "$(metric payment "consumer_partition_paused{topic=\"orders\",partition=\"$partition\"}")"
behind="" aside=""
until [[ $behind && $aside ]]; do
    id=$(order alice 10)
    if [[ $(partition_of "$id") == "$partition" ]]; then behind=$id; else aside=$id; fi
done
eventually "an order of another partition is PAID" is_closed "$aside" PAID
equal "the two of this one wait" "CREATED CREATED" "$(status "$slow") $(status "$behind")"
check "HTTP goes on" test "$(balance alice)" -lt 1000000
again payment
eventually "the one that failed is PAID" is_closed "$slow" PAID
eventually "and the one behind it" is_closed "$behind" PAID
check "no attempts are left" no_attempts payment
eventually "payment-svc is well" is_well payment

# ---- for ever ----

again payment RETRY_BACKOFF_INTERVAL_MS=50 RETRY_MAX_ATTEMPTS=3
spoil payment handler-retries --type order.created
given_up=$(order alice 10)
eventually "the order is REJECTED" is_closed "$given_up" REJECTED
equal "because it cannot be processed" unprocessable "$(reason "$given_up")"
eventually "the dead letter is kept" is_letter payment fault_on_purpose
id=$(event_of "$given_up" order.created)
equal "with what it was about" "OPEN|order.created|$given_up|orders|$(partition_of "$given_up")" \
    "$(sql payment "SELECT state, type, subject, topic, partition FROM dead_letter WHERE event_id = '$id'")"
equal "the event counts as processed" DEAD "$(sql payment "SELECT outcome FROM processed_event WHERE event_id = '$id'")"
check "no attempts are left" no_attempts payment
mend payment
letter=$(on_dlt orders.DLT "$id")
equal "the dead letter is on the same partition of orders.DLT" "$(partition_of "$given_up")" "$(jq .partition <<<"$letter")"
equal "with key and headers as they were" "$given_up order.created $id" "$(jq -r .key <<<"$letter") $(header ce_type) $(header ce_id)"
equal "and value" "$(sql order "SELECT data FROM outbox WHERE event_id = '$id'")" "$(jq -r .payload <<<"$letter")"
equal "it says from where" "orders payment-svc" "$(header kafka_dlt-original-topic) $(header kafka_dlt-original-consumer-group)"
equal "the code" fault_on_purpose "$(header kafka_dlt-exception-fqcn)"
equal "why" "given up after 3 attempts" "$(header kafka_dlt-exception-message)"
offset=$(sql payment "SELECT record_offset FROM dead_letter WHERE event_id = '$id'")
equal "partition and offset are big-endian" "0 0 0 $(partition_of "$given_up"), 0 0 0 0 0 0 0 $offset" \
    "$(bytes kafka_dlt-original-partition), $(bytes kafka_dlt-original-offset)"

# ---- a payment that cannot be recorded ----

had=$(balance alice)
again order RETRY_BACKOFF_INTERVAL_MS=50 RETRY_MAX_ATTEMPTS=2
spoil order handler-retries --type payment.completed
unrecorded=$(order alice 10)
eventually "its order is given back" is_closed "$unrecorded" REFUNDED
equal "because the payment could not be recorded" payment_unprocessable "$(reason "$unrecorded")"
equal "the customer has the money" "$had" "$(balance alice)"
mend order

# ---- a compensation is tried without limit ----

cancelled=$(order alice 10)
eventually "an order is PAID" is_closed "$cancelled" PAID
again payment RETRY_BACKOFF_INTERVAL_MS=20 RETRY_BACKOFF_MAX_MS=40 RETRY_MAX_ATTEMPTS=2
spoil payment handler-retries --type order.cancelled
cancel "$cancelled" >/dev/null
eventually "order.cancelled was tried 20 times" tried payment 20
equal "and is not given up" 0 "$(sql payment "SELECT count(*) FROM dead_letter WHERE type = 'order.cancelled'")"
mend payment
eventually "the order is REFUNDED" is_closed "$cancelled" REFUNDED

# ---- giving up fails as well ----

failing=FAULTS=handler-refuses:type=order.created,give-up-fails
gave_up() { (($(attempts payment give_ups) == $1)); }
again payment RETRY_BACKOFF_INTERVAL_MS=600000 RETRY_BACKOFF_MAX_MS=600000 $failing
stuck=$(order alice 10)
eventually "giving up was tried" gave_up 1
again payment RETRY_BACKOFF_INTERVAL_MS=600000 RETRY_BACKOFF_MAX_MS=600000 $failing
eventually "and again after a restart" gave_up 2
again payment $failing
eventually "a third time: it is left to people" is_letter payment compensation_failed
mend payment
equal "nobody was told anything" CREATED "$(status "$stuck")"
contains "the message says both" "fault_on_purpose; giving it up failed as well: fault_on_purpose" \
    "$(sql payment "SELECT message FROM dead_letter WHERE reason = 'compensation_failed'")"
contains "status says so" compensation_failed "$(ctl payment status)"
check "redriven" ctl payment dead-letters redrive --reason compensation_failed --why "the fault is mended"
eventually "the order is PAID" is_closed "$stuck" PAID

# ---- settings ----

again payment RETRY_MAX_ATTEMPTS=1 DLT_PARTITION=0
spoil payment handler-retries --type order.created
until id=$(order alice 10) && (($(partition_of "$id") != 0)); do :; done
eventually "with one attempt the order is REJECTED" is_closed "$id" REJECTED
check "payment-svc has not tried again" test -z "$(grep "tried again.*event_id=$(event_of "$id" order.created)" "$SET_DIR/payment.log")"
mend payment
is_kept() { [[ $(sql payment "SELECT count(*) FROM dead_letter WHERE event_id = '$(event_of "$id" order.created)'") == 1 ]]; }
eventually "the dead letter was read back" is_kept
letter=$(on_dlt orders.DLT "$(event_of "$id" order.created)")
equal "with DLT_PARTITION=0 its dead letter is on partition 0" 0 "$(jq .partition <<<"$letter")"
equal "and says where it came from" "0 0 0 $(partition_of "$id")" "$(bytes kafka_dlt-original-partition)"

again notify RETRY_MAX_ATTEMPTS=2 RETRY_BACKOFF_INTERVAL_MS=50
spoil notify handler-retries --type order.paid
untold=$(order alice 10)
eventually "notify-svc gives up after two: the order is closed" is_closed "$untold" PAID
equal "it has tried again once" 1 "$(grep -c "tried again.*event_id=$(event_of "$untold" order.paid)" "$SET_DIR/notify.log")"
equal "the notification has FAILED" FAILED "$(sql notify "SELECT status FROM notification WHERE order_id = '$untold'")"
mend notify
audit

# ---- what no set of ours would say: the auditor is asked before it ----

new_id() { cat /proc/sys/kernel/random/uuid; }
# forge TOPIC PARTITION TYPE ORDER [FILE]
forge() {
    kcat -P -b "$BROKERS" -t "$1" -p "$2" -k "$4" -H ce_specversion=1.0 -H "ce_id=$(new_id)" -H "ce_type=$3" \
        -H ce_source=/test -H "ce_subject=$4" -H content-type=application/json "${5-$SET_DIR/empty}" || fail "kcat cannot send"
}
echo '{}' >"$SET_DIR/empty"
printf '{"x":"%950000s"}' x >"$SET_DIR/large"
before=$(letters payment malformed_order)
forge orders 1 order.created "$(new_id)" "$SET_DIR/large"
eventually "a value too large for orders.DLT is kept" is_letter payment malformed_order $((before + 1))
equal "whole" 950008 "$(sql payment "SELECT max(length(value)) FROM dead_letter")"
equal "and was not sent there" 0 "$(sql payment "SELECT count(*) FROM outbox WHERE length(packed) > 900000")"
eventually "the answer to it is about an order that order-svc does not know" is_letter order unknown_order

had=$(letters order unknown_order)
# Not where that answer was: it would be one of the ten.
known=$((($(sql order "SELECT partition FROM dead_letter WHERE reason = 'unknown_order'") + 1) % PARTITIONS))
for ((i = 0; i < 10; i++)); do forge payments "$known" payment.completed "$(new_id)"; done
stopped() { [[ $(degraded order) == *"payments/$known: ten_unknown_orders_in_a_row"* ]]; }
eventually "ten unknown orders in a row stop the partition" stopped
eventually "nine are dead letters" is_letter order unknown_order $((had + 9))
equal "the tenth is not" $((had + 9)) "$(letters order unknown_order)"
id='' other=''
until [[ $id && $other ]]; do
    made=$(order alice 10)
    if (($(partition_of "$made") == known)); then id=$made; else other=$made; fi
done
eventually "other partitions go on" is_closed "$other" PAID
equal "this one waits" CREATED "$(status "$id")"
check "an operator resumes it" ctl order consumer resume payments "$known"
eventually "the tenth is set aside" is_letter order unknown_order $((had + 10))
eventually "and what stood behind it is handled" is_closed "$id" PAID
eventually "order-svc is well" is_well order
eventually "nothing is pending" nothing_pending
found=$("$BUILD/audit" --data "$SET_DIR" --verbose 2>&1 || true)
equal "the auditor finds the one forged event that had an answer, and nothing else" "1 cause 1 heard-truly 1 of-an-order" \
    "$(sed -n 's/^      \([a-z-]*\): .*/\1/p' <<<"$found" | sort | uniq -c | xargs)"
