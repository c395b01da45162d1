#!/usr/bin/env bash
# Goal: what stands on the topics is what EVENTS.md promises to any reader: CloudEvents with all their attributes, keyed by
# the order, on the partition that Java would choose, in the order in which things happened.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 100000000

# ---- orders of every kind ----

trace=4bf92f3577b34da6a3ce929d0e0e4736
traced=$(get -H "traceparent: 00-$trace-00f067aa0ba902b7-01" --json "$(order_body alice 10)" "$ORDER_URL/orders")
traced=$(field order_id "$traced")
refunded=()
for ((i = 0; i < 5; i++)); do refunded+=("$(order alice 10)"); done
for id in "${refunded[@]}"; do
    until_true 60 is_closed "$id" PAID || fail "order $id should be PAID"
    cancel "$id" >/dev/null
done
rejected=$(order nobody 10)
had=$(sql order "SELECT max(created_seq) FROM orders")
curl -sS --no-progress-meter -Z --parallel-max 32 -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-200]"
eventually "${#refunded[@]} orders were cancelled after they were paid, one was rejected, 200 came at once" nothing_pending
together=$(sql order "SELECT count(*) FROM (SELECT partition, lag(partition) OVER (ORDER BY created_seq) AS before
                        FROM orders WHERE created_seq > $had) WHERE partition = before")
check "of 200 orders at once, $together had the partition of the one before (by chance it would be $((200 / PARTITIONS)))" \
    test "$together" -ge 60

# ---- what a reader finds ----

for topic in orders payments notifications; do kcat -C -q -e -J -b "$BROKERS" -t "$topic" -o beginning; done |
    jq -c '.headers |= ([range(0; length; 2) as $i | {(.[$i]): .[$i + 1]}] | add)' >"$SET_DIR/records"
equal "the topics have each row of the outboxes once" \
    "$(for name in order payment notify; do sql "$name" "SELECT event_id || ' ' || type || ' ' || subject || ' ' || data FROM outbox"; done | sort)" \
    "$(jq -r '"\(.headers.ce_id) \(.headers.ce_type) \(.key) \(.payload)"' "$SET_DIR/records" | sort)"

# none WHAT FILTER: no record is as the filter says
none() {
    local found
    found=$(jq -c "select($2)" "$SET_DIR/records" | head -n 3)
    equal "$1" "" "$found"
}
id='^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'
none "each is a CloudEvent 1.0" '.headers.ce_specversion != "1.0"'
none "its content is JSON" '.headers["content-type"] != "application/json"'
none "and is so" '(.payload | fromjson | type) != "object"'
none "about the order that is the key" '.key != (.payload | fromjson | .order_id)'
none "and the subject" '.key != .headers.ce_subject'
none "and the correlation" '.key != .headers.ce_correlationid'
none "which is a UUIDv7" ".key | test(\"$id\") | not"
none "ce_id is one too" ".headers.ce_id | test(\"$id\") | not"
none "ce_time is a time" '.headers.ce_time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$") | not'
none "ce_sequence counts" '.headers.ce_sequence | test("^[1-9][0-9]*$") | not'
none "ce_dataversion is there" '.headers.ce_dataversion | test("^[1-9][0-9]*$") | not'
none "ce_type belongs to the topic" '(.headers.ce_type | split(".")[0]) + "s" != .topic'
none "ce_source is who speaks there" \
    '.headers.ce_source != {"orders": "/order-svc", "payments": "/payment-svc", "notifications": "/notify-svc"}[.topic]'
none "there are no other headers" '.headers | keys - ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time",
    "content-type", "ce_correlationid", "ce_causationid", "ce_sequence", "ce_dataversion", "traceparent"] | length > 0'
equal "no ce_id stands twice" "" "$(jq -r .headers.ce_id "$SET_DIR/records" | sort | uniq -d)"
equal "each cause is a request or a record" "" \
    "$(comm -23 <(jq -r .headers.ce_causationid "$SET_DIR/records" | grep -v '^request:' | sort -u) \
        <(jq -r .headers.ce_id "$SET_DIR/records" | sort))"
equal "the trace of a request goes along with all that it caused" "notification.sent order.created order.paid payment.completed" \
    "$(jq -r "select(.headers.traceparent // \"\" | startswith(\"00-$trace-\")) | select(.key == \"$traced\") | .headers.ce_type" \
        "$SET_DIR/records" | sort | tr '\n' ' ' | sed 's/ $//')"

# types TOPIC KEY: what a reader of the topic hears about an order
types() { jq -r "select(.topic == \"$1\" and .key == \"$2\") | .headers | .ce_type + \":\" + .ce_sequence" "$SET_DIR/records" | tr '\n' ' '; }
for key in "${refunded[@]}"; do
    equal "orders: in the order it happened" "order.created:1 order.paid:2 order.cancelled:3 " "$(types orders "$key")"
    equal "payments: too" "payment.completed:1 payment.refunded:2 " "$(types payments "$key")"
done
equal "a rejected order" "order.created:1 order.rejected:2 " "$(types orders "$rejected")"

# ---- partitions ----

# murmur2 KEY: as org.apache.kafka.common.utils.Utils.murmur2, made positive
murmur2() {
    local key=$1 size=${#1} m=0x5bd1e995 mask=0xffffffff hash k i j byte
    hash=$(((0x9747b28c ^ size) & mask))
    for ((i = 0; i + 4 <= size; i += 4)); do
        k=0
        for ((j = 3; j >= 0; j--)); do
            printf -v byte %d "'${key:i+j:1}"
            k=$((k << 8 | byte))
        done
        k=$((k * m & mask)) k=$(((k ^ k >> 24) * m & mask))
        hash=$(((hash * m & mask) ^ k))
    done
    ((size % 4 == 0)) || fail "this murmur2 is for whole words: $key"
    hash=$(((hash ^ hash >> 13) * m & mask))
    echo $(((hash ^ hash >> 15) & 0x7fffffff))
}
equal "one partition for each key" "" "$(jq -r '.key + " " + (.partition | tostring)' "$SET_DIR/records" | sort -u | cut -d ' ' -f 1 | uniq -d)"
wrong=''
while read -r key partition; do
    (($(murmur2 "$key") % PARTITIONS == partition)) || wrong+="$key on $partition "
done < <(jq -r '.key + " " + (.partition | tostring)' "$SET_DIR/records" | sort -u)
equal "the one that Java would choose" "" "$wrong"
audit
