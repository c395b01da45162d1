#!/usr/bin/env bash
# Goal: a record that is not ours, cannot be read or cannot be true is logged, counted, sent to the dead-letter topic with
# the headers Spring Kafka writes, and kept as it came; its partition is read on, and what is good behind it is handled.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 1000000
rejected=$(order nobody 500)
eventually "an order is REJECTED" is_closed "$rejected" REJECTED
for name in order payment notify; do eventually "$name-svc knows the broker" is_well "$name"; done

# ---- helpers ----

new_id() { cat /proc/sys/kernel/random/uuid; }
hex() { od -An -v -tx1 "$@" | tr -d ' \n' | tr a-f A-F; }

# packed NAME=VALUE...: headers as they are kept, in hex: sizes of 4 bytes, name, value; a name alone has no value
packed() {
    local LC_ALL=C header name value size
    for header in "$@"; do
        name=${header%%=*} value=${header#*=} size=${#value}
        [[ $header == *=* ]] || { value='' size=$((0xffffffff)); }
        printf '%08X%08X%s%s' ${#name} "$size" "$(printf %s "$name" | hex)" "$(printf %s "$value" | hex)"
    done
}

# send TOPIC PARTITION KEY HEADER...: the value is standard input. A KEY "-" is none, an empty value is NULL with NULLS=yes.
send() {
    local arguments=(-t "$1" -p "$2") header
    [[ ! ${NULLS-} ]] || arguments+=(-Z)
    for header in "${@:4}"; do arguments+=(-H "$header"); done
    cat >"$SET_DIR/value"
    if [[ ! -s $SET_DIR/value ]]; then
        kcat -P -b "$BROKERS" "${arguments[@]}" -K '|' <<<"$3|"
    else
        [[ $3 == - ]] || arguments+=(-k "$3")
        kcat -P -b "$BROKERS" "${arguments[@]}" "$SET_DIR/value"
    fi || fail "kcat cannot send to $1/$2"
}

# junk "SERVICE..." REASON TOPIC PARTITION KEY HEADER...: sent, and expected to be kept by these services
junk() {
    local services=$1 reason=$2 name key=NULL value=NULL
    shift 2
    send "$@"
    [[ $3 == - ]] || key=$(printf %s "$3" | hex)
    [[ ${NULLS-} ]] || value=$(hex "$SET_DIR/value")
    for name in $services; do
        echo "$reason|$1|$2|$key|$value|$(packed "${@:4}")" >>"$SET_DIR/expected.$name"
    done
}

# event TYPE SUBJECT [ID]: sets HEADERS
event() {
    HEADERS=(ce_specversion=1.0 "ce_id=${3-$(new_id)}" "ce_type=$1" ce_source=/test "ce_subject=$2"
        ce_time=2026-01-31T12:00:00.000Z content-type=application/json)
}

kept() {
    sql "$1" "SELECT reason, topic, partition, iif(key IS NULL, 'NULL', hex(key)), iif(value IS NULL, 'NULL', hex(value)), hex(headers)
                FROM dead_letter WHERE $FROM_HERE"
}
is_kept() { [[ $(sql "$1" "SELECT count(*) FROM dead_letter WHERE $FROM_HERE") -ge $(wc -l <"$SET_DIR/expected.$1") ]]; }
# What the services answered to events about orders that nobody knows was set aside as well.
FROM_HERE="event_id IS NULL OR event_id NOT IN (SELECT event_id FROM dead_letter
             WHERE reason = 'unknown_order' AND type IN ('payment.declined', 'notification.failed'))"
as_sent() { diff <(sort "$SET_DIR/expected.$1") <(kept "$1" | sort) | cut -c 1-400; }

# ---- each kind on a partition of its own ----

echo '{}' | junk "payment notify" not_a_cloudevent orders 0 -
echo '{}' | junk "payment notify" not_a_cloudevent orders 0 -
event order.cancelled "$(new_id)"
echo '{}' | junk "payment notify" not_a_cloudevent orders 1 "${HEADERS[4]#*=}" ce_specversion=0.3 "${HEADERS[@]:1}"
event order.cancelled "$(new_id)" not-a-uuid
echo '{}' | junk "payment notify" malformed_id orders 2 "${HEADERS[4]#*=}" "${HEADERS[@]}"
echo '{}' | junk "payment notify" malformed_id orders 2 "${HEADERS[4]#*=}" "${HEADERS[@]}"      # no id: another record
event order.cancelled "$(new_id)" $'x\nlevel=fatal msg="y"'
echo '{}' | junk "payment notify" malformed_id orders 2 "${HEADERS[4]#*=}" "${HEADERS[@]}"
event order.cancelled "$(new_id)"
echo '{}' | junk "payment notify" malformed_subject orders 3 "$(new_id)" "${HEADERS[@]}"
event order.cancelled "$(new_id)"
echo '{}' | junk "payment notify" malformed_subject orders 4 - "${HEADERS[@]}"
event order.created "$(new_id)"
NULLS=yes junk payment malformed_value orders 5 "${HEADERS[4]#*=}" "${HEADERS[@]}" ce_empty </dev/null
event order.created "$(new_id)"
junk payment malformed_value orders 5 "${HEADERS[4]#*=}" "${HEADERS[@]}" </dev/null
for value in '\xff\xfe' '{"a":"\0"}'; do
    event order.created "$(new_id)"
    printf '%b' "$value" | junk payment malformed_value orders 6 "${HEADERS[4]#*=}" "${HEADERS[@]}"
done
event order.created "$(new_id)"
printf '%200000s' x | junk payment malformed_order orders 7 "${HEADERS[4]#*=}" "${HEADERS[@]}"
event order.created "$(new_id)"
echo '{"customer_id":' | junk payment malformed_order orders 8 "${HEADERS[4]#*=}" "${HEADERS[@]}"
event order.paid "$(new_id)"
echo '{"customer_id":' | junk notify malformed_event orders 8 "${HEADERS[4]#*=}" "${HEADERS[@]}"
event order.shipped "$(new_id)"
echo '{}' | send orders 9 "${HEADERS[4]#*=}" "${HEADERS[@]}"
event payment.refunded "$rejected"
echo '{}' | junk notify event_on_wrong_topic orders 10 "$rejected" "${HEADERS[@]}"
event order.created "$(new_id)"
data='{"customer_id":"alice","currency":"EUR","amount":"100","pay_by":"2036-01-31T12:00:00.000Z"}'
echo "$data" | junk payment malformed_order orders 11 "${HEADERS[4]#*=}" "${HEADERS[@]}"
echo "$data" | send orders 11 "${HEADERS[4]#*=}" "${HEADERS[@]}"

unknown=$(new_id)
event payment.completed "$unknown"
echo '{}' | junk order unknown_order payments 0 "$unknown" "${HEADERS[@]}"
event payment.completed "$rejected"
echo '{}' | junk order impossible_state payments 1 "$rejected" "${HEADERS[@]}"
event payment.declined "$rejected"
echo '{}' | junk order malformed_payment payments 2 "$rejected" "${HEADERS[@]}"
event payment.voided "$rejected"
echo '{}' | junk order malformed_sequence payments 3 "$rejected" "${HEADERS[@]}" ce_sequence=first
event notification.sent "$unknown"
echo '{"kind":"paid"}' | junk order unknown_order notifications 0 "$unknown" "${HEADERS[@]}"
event notification.sent "$rejected"
echo '{"kind":"surprise"}' | junk order impossible_state notifications 1 "$rejected" "${HEADERS[@]}"

# ---- what became of it ----

wanted=()
for ((i = 0; i < PARTITIONS; i++)); do wanted+=(-t "orders:$i:-1" -t "payments:$i:-1" -t "notifications:$i:-1"); done
answered() { [[ $(sql order "SELECT count(*) FROM dead_letter WHERE NOT ($FROM_HERE)") == 4 ]]; }
eventually "what was given up of orders that nobody knows is set aside as well, and never compensated" answered
ends=$(kcat -Q -b "$BROKERS" "${wanted[@]}" | sort)
has_passed() {
    cmp -s <(grep -E "^($2) " <<<"$ends") \
        <(sql "$1" "SELECT topic || ' [' || partition || '] offset ' || next_offset FROM v_position
                     WHERE topic NOT LIKE '%.DLT'" | sort)
}
eventually "payment-svc has moved on everywhere" has_passed payment orders
eventually "notify-svc has moved on everywhere" has_passed notify 'orders|payments'
eventually "order-svc has moved on everywhere" has_passed order 'payments|notifications'
for name in order payment notify; do
    eventually "$name-svc has kept all of them" is_kept "$name"
    equal "once each, with key, value and headers as they came" "" "$(as_sent "$name")"
    count=$(($(wc -l <"$SET_DIR/expected.$name") + $([[ $name == order ]] && echo 4 || echo 0)))
    equal "/metrics counts them" "$count" "$(metric "$name" dead_letters_open)"
    equal "v_dead_letter shows them" "$count" "$(sql "$name" "SELECT count(*) FROM v_dead_letter WHERE state = 'OPEN'")"
    sql "$name" "SELECT printf('reason=%s topic=%s partition=%d offset=%d', reason, topic, partition, record_offset)
                   FROM dead_letter" >"$SET_DIR/places"
    logged=$(while read -r place; do grep -qF "msg=\"record set aside\" $place" "$SET_DIR/$name.log" && echo yes; done <"$SET_DIR/places" | wc -l)
    equal "the log of $name-svc says where each stands" "$count" "$logged"
    equal "and has no line that a record wrote" 0 "$(grep -c '^level=' "$SET_DIR/$name.log" || true)"
done
equal "payment-svc counts records that are no events" 12 "$(metric payment records_malformed_total)"
equal "and events that it refused" 3 "$(metric payment 'events_total{type="order.created",result="dead"}')"
equal "one was a duplicate" 1 "$(metric payment 'events_total{type="order.created",result="duplicate"}')"
equal "a type that nobody knows is skipped and counted" "1 1" \
    "$(metric payment events_unknown_type_total) $(metric notify events_unknown_type_total)"
equal "the order that was REJECTED is so still" REJECTED "$(status "$rejected")"

# ---- on the dead-letter topic ----

# The event that said of a rejected order that it was paid; others may stand on the same partition.
letter=$(kcat -C -b "$BROKERS" -t payments.DLT -p 1 -o beginning -e -q -J | jq -c --arg key "$rejected" 'select(.key == $key) | .headers')
header() { jq -r --arg name "$1" 'index($name) as $at | .[$at + 1]' <<<"$letter"; }
equal "the dead letter of payments/1 is on the same partition of payments.DLT, with its headers" payment.completed "$(header ce_type)"
equal "it says the topic" payments "$(header kafka_dlt-original-topic)"
equal "the group" order-svc "$(header kafka_dlt-original-consumer-group)"
equal "and the code" impossible_state "$(header kafka_dlt-exception-fqcn)"
offset=$(sql order "SELECT record_offset FROM dead_letter WHERE reason = 'impossible_state' AND topic = 'payments' AND partition = 1")
bytes() { header "$1" | jq -Rrsc 'rtrimstr("\n") | explode | join(" ")'; }
equal "partition and offset are big-endian numbers" "0 0 0 1, 0 0 0 0 0 0 0 $offset" \
    "$(bytes kafka_dlt-original-partition), $(bytes kafka_dlt-original-offset)"

# ---- what comes behind it ----

for name in order payment notify; do
    service_stop "$name"
    service_start "$name"
    eventually "$name-svc starts behind such records" is_well "$name"
done
partitions_used() { sql order "SELECT count(DISTINCT partition) FROM orders WHERE customer_id = 'alice'"; }
until (($(partitions_used) == PARTITIONS)); do get -o /dev/null --json "$(order_body alice 1)" "$ORDER_URL/orders?n=[1-20]"; done
ok "good orders on all $PARTITIONS partitions"
eventually "are decided" nothing_pending
equal "all of them PAID" 0 "$(sql order "SELECT count(*) FROM orders WHERE customer_id = 'alice' AND status <> 'PAID'")"
for name in order payment notify; do
    equal "$name-svc has kept nothing more" "" "$(as_sent "$name")"
    equal "$name-svc is well" "" "$(degraded "$name")"
done
# The auditor has to notice that nobody of the set said what this script did, and nothing else.
forged=$(for name in payment notify; do sql "$name" "SELECT '$name-svc processed ' || event_id || ': nobody said it'
    FROM processed_event WHERE outcome = 'DEAD'"; done | sort)
found=$("$BUILD/audit" --data "$SET_DIR" --verbose 2>&1 || true)
equal "the auditor finds the events that nobody said" "$forged" "$(sed -n 's/^ *heard-truly: //p' <<<"$found" | sort)"
equal "and what giving them up has made of them, and nothing else" "3 of-an-order 1 told-truly 4 cause 4 heard-truly" \
    "$(sed -n 's/^      \([a-z-]*\): .*/\1/p' <<<"$found" | uniq -c | xargs)"
