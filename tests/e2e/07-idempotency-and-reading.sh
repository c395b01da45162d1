#!/usr/bin/env bash
# Goal: a request that is sent again has no second effect and gets the first answer, also from a process that was killed in
# between; and what can be read shows what was written.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 1000000
account bob 0

# with_key KEY URL BODY: status, Location and Idempotency-Replayed (- where missing), then the body
with_key() {
    get -D "$SET_DIR/headers" -o "$SET_DIR/answer" -H "Idempotency-Key: $1" --json "$3" "$2"
    tr -d '\r' <"$SET_DIR/headers" | awk '
        NR == 1 { status = $2 }
        tolower($1) == "location:" { location = $2 }
        tolower($1) == "idempotency-replayed:" { replayed = $2 }
        END { print status, (location == "" ? "-" : location), (replayed == "" ? "-" : replayed) }'
    cat "$SET_DIR/answer"
}
orders_of() { sql order "SELECT count(*) FROM orders WHERE customer_id = '$1'"; }

# ---- the same key ----

book=$(order_body alice 100)
first=$(with_key one "$ORDER_URL/orders" "$book")
id=$(field order_id "$first")
contains "an order with a key is created" "201 /orders/$id -" "$first"
replayed="201 /orders/$id true"$'\n'"${first#*$'\n'}"
equal "the same again gets the same answer, marked" "$replayed" "$(with_key one "$ORDER_URL/orders" "$book")"
equal "blanks in the body make no difference" "$replayed" "$(with_key one "$ORDER_URL/orders" "${book//,/ , }")"
eventually "the order is PAID" is_closed "$id" PAID
equal "the answer is still the first one" "$replayed" "$(with_key one "$ORDER_URL/orders" "$book")"
service_kill order
service_start order
equal "also after SIGKILL" "$replayed" "$(with_key one "$ORDER_URL/orders" "$book")"
equal "there is one order" 1 "$(orders_of alice)"

second=$(with_key one "$ORDER_URL/orders" "$(order_body bob 100)")
contains "another customer's key of the same name is another key" "201 /orders/" "$second"
check "and makes another order" test "$(field order_id "$second")" != "$id"
contains "a 4xx is an answer" "422 - -" "$(with_key late "$ORDER_URL/orders" "$(order_body alice 0)")"
contains "that is not kept: the key is free" "201 /orders/" "$(with_key late "$ORDER_URL/orders" "$(order_body alice 1)")"

deposit='{"amount":50,"currency":"EUR"}'
answer=$(with_key one "$PAYMENT_URL/accounts/alice/deposits" "$deposit")
contains "a deposit" "201 - -" "$answer"
service_kill payment
service_start payment
again=$(with_key one "$PAYMENT_URL/accounts/alice/deposits" "$deposit")
contains "again, after SIGKILL" "201 - true" "$again"
equal "with the same answer" "${answer#*$'\n'}" "${again#*$'\n'}"
eventually "all orders are decided" nothing_pending
equal "it is paid in once" $((1000000 - 100 - 1 + 50)) "$(balance alice)"
contains "the same key on another account is another one" "201 - -" "$(with_key one "$PAYMENT_URL/accounts/bob/deposits" "$deposit")"

cancelled=$(with_key cancel "$ORDER_URL/orders/$id/cancellation" '{}')
contains "a cancellation with a key" "200 - -" "$cancelled"
eventually "is REFUNDED" is_closed "$id" REFUNDED
again=$(with_key cancel "$ORDER_URL/orders/$id/cancellation" '{}')
contains "again" "200 - true" "$again"
equal "answers what it answered" "${cancelled#*$'\n'}" "${again#*$'\n'}"

# ---- waiting ----

# waited SECONDS ID: what GET answers, and the milliseconds it took
waited() {
    local begun=${EPOCHREALTIME/./}
    status_read=$(field status "$(get -H "Prefer: wait=$1" "$ORDER_URL/orders/$2")")
    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
}
id=$(order alice 100)
waited 25 "$id"
equal "Prefer: wait answers when the order has been decided" PAID "$status_read"
check "as soon as it was ($took ms)" test "$took" -lt 20000
waited 25 "$id"
check "and at once when it is ($took ms)" test "$took" -lt 5000

service_stop payment
id=$(order alice 200)
waited 1 "$id"
equal "without payment-svc it answers at the end of the wait" CREATED "$status_read"
check "not before ($took ms)" test "$took" -ge 1000
check "and not long after" test "$took" -lt 10000
# One request may meet a busy machine.
is_quick() { waited 0 "$id"; ((took < 500)); }
eventually "no wait, no delay" is_quick
get -H 'Prefer: wait=30' "$ORDER_URL/orders/$id" >"$SET_DIR/waiting" &
waiting=$!
BESIDE+=("$waiting")
is_waiting() { [[ $(metric order http_waiting_requests) == 1 ]]; }
eventually "a request waits" is_waiting
service_start payment
wait "$waiting"
contains "and is answered when payment-svc is back" '"status":"PAID"' "$(cat "$SET_DIR/waiting")"

# ---- the timeline ----

eventually "the order is closed" is_closed "$id" PAID
told=$(get "$ORDER_URL/orders/$id/timeline" | jq -r '.timeline[] | [.what, .status, .detail // "-"] | join(" ")')
equal "the timeline tells what happened" \
    "request CREATED - payment.completed PAID - notification.sent PAID paid" "${told//$'\n'/ }"
causes=$(get "$ORDER_URL/orders/$id/timeline" | jq -r '.timeline[1:][].cause')
equal "and names the events that caused it" 2 "$(
    for name in payment notify; do sql "$name" "SELECT event_id FROM outbox WHERE subject = '$id'"; done | grep -cFf <(echo "$causes"))"
contains "payment-svc tells its part" '"status":"COMPLETED"' "$(get "$PAYMENT_URL/payments/$id")"
for path in orders orders/nobody/timeline; do
    equal "there is nothing about an unknown order at /$path" 404 "$(status_of "$ORDER_URL/${path/orders/orders/x}")"
done
equal "nor at payment-svc" 404 "$(status_of "$PAYMENT_URL/payments/nobody")"

# ---- pages ----

service_stop payment
get -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-250]"

# walk [STATUS]: the ids on all pages in the order they come; the sizes of the pages in $SET_DIR/sizes
walk() {
    local after='' page
    : >"$SET_DIR/sizes"
    while [[ $after != null ]]; do
        page=$(get "$ORDER_URL/orders?after=$after${1:+&status=$1}")
        jq '.orders | length' <<<"$page" >>"$SET_DIR/sizes"
        jq -r '.orders[].order_id' <<<"$page"
        after=$(jq -r .next <<<"$page")
    done
}
equal "the pages have all orders, by id" "$(sql order "SELECT order_id FROM orders ORDER BY order_id")" "$(walk)"
check "a page has 100 orders at most" test "$(sort -n "$SET_DIR/sizes" | tail -n 1)" == 100
for status in CREATED PAID REJECTED REFUNDED CANCELLED; do
    equal "those that are $status" "$(sql order "SELECT order_id FROM orders WHERE status = '$status' ORDER BY order_id")" \
        "$(walk "$status")"
done
equal "after the last there is nothing" '{"orders":[],"next":null}' "$(get "$ORDER_URL/orders?after=g")"
service_start payment

# ---- for operators ----

# Prometheus' text format: HELP and TYPE before the samples, each series once, buckets that add up.
read -r -d '' format <<'AWK' || true
function wrong(what) { print what ": line " NR ": " $0; exit bad = 1 }
/^# HELP / { if (helped[$3]++) wrong("second HELP"); next }
/^# TYPE / { if (!helped[$3]) wrong("TYPE before HELP"); if (kind[$3] != "") wrong("second TYPE"); kind[$3] = $4; next }
!/^[a-z_]+([{][a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*[}])? [0-9.e+-]+$/ { wrong("no sample") }
{
    series = substr($0, 1, length($0) - length($NF) - 1)
    if (seen[series]++) wrong("second time")
    name = series; sub(/[{].*/, "", name); base = name
    if (!(base in kind)) sub(/_(bucket|sum|count)$/, "", base)
    if (!(base in kind)) wrong("no TYPE")
    if ((base != name) != (kind[base] == "histogram")) wrong("not of its TYPE")
    if (name ~ /_total$/ && kind[base] != "counter") wrong("a total that is no counter")
    labels = series; sub(/^[^{]*/, "", labels)
    if (name == base "_bucket") {
        sub(/,?le="[^"]*"[}]/, "}", labels); sub(/^[{][}]$/, "", labels)
        if ($NF + 0 < last[base labels] + 0) wrong("bucket is not cumulative")
        last[base labels] = $NF
    }
    if (name == base "_count" && kind[base] == "histogram" && $NF != last[base labels]) wrong("count is not the last bucket")
    samples++
}
END { if (!bad) print (samples > 50) ? "well formed" : "too few samples" }
AWK
for name in order payment notify; do
    url=$(url_of "$name")
    equal "$name-svc /healthz" '{"status":"alive"}' "$(get "$url/healthz")"
    eventually "$name-svc is not degraded" is_well "$name"
    equal "$name-svc /readyz" '{"status":"ready","degraded":[]}' "$(get "$url/readyz")"
    equal "$name-svc /metrics" "well formed" "$(get "$url/metrics" | awk "$format")"
    contains "$name-svc /metrics has its type" "text/plain; version=0.0.4" "$(get -o /dev/null -w '%{content_type}' "$url/metrics")"
    text=$(get "$url/openapi.yaml")
    contains "$name-svc /openapi.yaml is its own" "title: $name-svc" "$text"
    contains "to its end" "components:" "$text"
done
eventually "all orders are decided again" nothing_pending
counted=$(metric order 'http_requests_total{method="POST",route="/orders",status="2xx"}')
check "/metrics counts requests ($counted)" test "$counted" -ge 250
check "and events" test "$(metric order 'events_total{type="payment.completed",result="handled"}')" -ge 250
audit
