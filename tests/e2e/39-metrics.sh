#!/usr/bin/env bash
# Goal: /metrics tells what happened, durable and once, in well-formed families; dashboard and alerts ask for nothing that
# the services do not export; a scrape of a large database takes no longer than one of a small one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start

# ---- helpers ----

scrape() { local name; for name in order payment notify; do get "$(url_of "$name")/metrics" >"$SET_DIR/$name.metrics"; done; }
counts() { [[ $(metric "$1" "$2") == "$3" ]]; }
queries() { "$ROOT/tests/compose/queries" "$@" "$SET_DIR"/{order,payment,notify}.metrics; }

# Families have HELP and TYPE once, before their samples; no series comes twice; counters and nothing else end in _total; the
# buckets of a histogram ascend and the last one is its count.
well_formed() {
    awk 'function bad(why) { print FILENAME ": " $0 ": " why; wrong = 1 }
        function family(name) { sub(/_(bucket|sum|count)$/, "", name); return name }
        /^# HELP / { if (help[FILENAME, $3]++) bad("a second HELP"); next }
        /^# TYPE / { if (type[FILENAME, $3]++) bad("a second TYPE"); if (!help[FILENAME, $3]) bad("no HELP")
                     kind = $4; current = $3; if ((kind == "counter") != (current ~ /_total$/)) bad("its name is of another kind"); next }
        !/^[a-z_]+({([a-z_]+="[^"]*",?)+})? -?[0-9.e+-]+$/ { bad("no sample"); next }
        seen[FILENAME, $1]++ { bad("comes twice") }
        { name = $1; sub(/{.*/, "", name); if ((kind == "histogram" ? family(name) : name) != current) bad("stands under " current) }
        kind == "histogram" && name ~ /_bucket$/ { if ($2 < last) bad("buckets go down"); last = $2; top = $2 }
        kind == "histogram" && name ~ /_count$/ { if ($2 != top) bad("the last bucket has " top); last = 0 }
        END { exit wrong }' "$SET_DIR"/*.metrics
}

# The quickest of ten, in microseconds.
scrape_us() {
    for _ in {1..10}; do curl -s -o /dev/null -w '%{time_total}\n' "$ORDER_URL/metrics"; done | sort -g | awk 'NR == 1 { print int($1 * 1e6) }'
}

# ---- what happened ----

account alice 1000000
paid=$(order alice 500)
rejected=$(order nobody 500)
eventually "an order is PAID" is_closed "$paid" PAID
eventually "another one is REJECTED" is_closed "$rejected" REJECTED
cancel "$paid" >/dev/null
eventually "the first one is REFUNDED" is_closed "$paid" REFUNDED
printf 'this is no event' | kcat -P -b "$BROKERS" -t orders -p 0 || fail "kcat cannot send"
eventually "a record of no use is set aside" counts payment dead_letters_open 1
eventually "by both who heard it" counts notify dead_letters_open 1
eventually "the customer was told it all" counts notify 'notifications_total{status="SENT"}' 4

for status in CREATED:2 PAID:1 REJECTED:1 CANCELLED:1 REFUNDED:1; do
    equal "orders that became ${status%:*}" "${status#*:}" "$(metric order "orders_total{status=\"${status%:*}\"}")"
done
for status in COMPLETED:1 DECLINED:1 REFUNDED:1 VOIDED:0; do
    equal "payments that became ${status%:*}" "${status#*:}" "$(metric payment "payments_total{status=\"${status%:*}\"}")"
done
equal "time until PAID is known of one" 1 "$(metric order 'order_duration_seconds_count{until="paid"}')"
equal "time until closed of two" 2 "$(metric order 'order_duration_seconds_count{until="closed"}')"
equal "none is unpaid" 0 "$(metric order orders_unpaid)"
equal "all accept writes" "1 1 1" "$(for name in order payment notify; do metric "$name" service_ready; done | xargs)"
check "memory is told in bytes" test "$(metric order process_resident_memory_bytes)" -gt 1000000
check "so is the database" test "$(metric order 'database_file_bytes{file="db"}')" -ge 4096

# ---- what is asked ----

scrape
check "every family is well formed" well_formed
if command -v promtool >/dev/null; then
    for name in order payment notify; do
        check "promtool has nothing to say about $name-svc" promtool check metrics <"$SET_DIR/$name.metrics"
    done
fi
check "dashboard and alerts ask for what is there" queries
for wrong in 'orders_totals > 0' 'orders_total{state="PAID"} > 0' 'orders_total{status="LOST"} > 0' \
    'sum by (colour) (orders_total) > 0'; do
    printf -- '- alert: Wrong\n  expr: %s\n' "$wrong" >"$SET_DIR/wrong.yml"
    check "and $wrong would be noticed" eval '! queries --rules "$SET_DIR/wrong.yml" 2>"$SET_DIR/wrong"'
    contains "by name" "alert Wrong: " "$(<"$SET_DIR/wrong")"
done

# ---- a restart, and a million orders ----

small=$(scrape_us)
service_stop order
sqlite3 "$SET_DIR/order-svc/order-svc.db" "
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
    INSERT INTO orders (order_id, customer_id, currency, amount, status, version, partition, created_seq, created_at, pay_by, closed_at)
    SELECT printf('%08x-0000-7000-8000-000000000000', i), 'many', 'EUR', 1, iif(i <= 50000, 'CREATED', 'PAID'), 1, 0,
           1000000000, 0, 9e15, iif(i <= 50000, NULL, 1) FROM n"
service_start order
equal "counters begin anew" 0 "$(metric order 'orders_total{status="PAID"}')"
equal "many unpaid ones are counted up to 10000" 10000 "$(metric order orders_unpaid)"
large=$(scrape_us)
echo "      a scrape with three orders: $small us; with a million: $large us"
check "a scrape does not read a million orders" test "$large" -lt $((small + 20000))
