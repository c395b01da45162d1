#!/usr/bin/env bash
# Goal: two shards of each service are one set. A customer, its account and all its orders meet in one shard of each; whoever
# asks another one is told which. Each shard keeps its own dead letters, is killed and comes back alone, and refuses the data
# of another. Under load, routed by customer, nothing is lost and nothing doubled over both.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
SHARDS=2
set_new
set_start DLT_PARTITION=0

# ---- who has what ----

says_it_has() { equal "$1 shard 0 has its partitions" "shard 0 of 2 has partitions 0, 2, 4, 6, 8, 10 of 12" "$(ctl "$1.0" shard)"
    equal "$1 shard 1 has the others" "shard 1 of 2 has partitions 1, 3, 5, 7, 9, 11 of 12" "$(ctl "$1.1" shard)"; }
for service in order payment notify; do says_it_has "$service"; done

# customer SHARD: the first of some names that is there
customer() {
    local name
    for name in alice bob carol dave erin frank grace heidi; do
        [[ $(ctl order.0 shard --of "$name") != "shard $1 of 2 "* ]] || { echo "$name"; return; }
    done
    fail "none of them is a customer of shard $1"
}
zoe=$(customer 0) yan=$(customer 1)
contains "both shards say the same of $yan" "shard 1 of 2 has customer $yan, with orders on partitions 1, 3, 5, 7, 9, 11" "$(ctl payment.1 shard --of "$yan")"
contains "and who they are themselves" "shard 1 of 2 (this is shard 0) has customer $yan" "$(ctl notify.0 shard --of "$yan")"
equal "metrics show it" 1 "$(metric notify.1 'shard_info{shard="1",shards="2"}')"
contains "so does status" "shard         1 of 2" "$(ctl notify.1 status)"

# ---- requests ----

PAYMENT_URL=$(url_of payment.0) account "$zoe" 100000
PAYMENT_URL=$(url_of payment.1) account "$yan" 100000
ours=$(ORDER_URL=$(url_of order.0) order "$zoe" 500)
theirs=$(ORDER_URL=$(url_of order.1) order "$yan" 700)
eventually "an order in shard 0 is PAID" eval "ORDER_URL=$(url_of order.0) is_closed $ours PAID"
eventually "one in shard 1, too" eval "ORDER_URL=$(url_of order.1) is_closed $theirs PAID"
partition=$(sql order.1 "SELECT partition FROM orders WHERE order_id = '$theirs'")
contains "ctl knows its partition" "shard 1 of 2 (this is shard 0) has order $theirs: partition $partition of 12" "$(ctl order.0 shard --of "$theirs")"
check "which is shard 1's" test $((partition % 2)) == 1

# misdirected WHAT SHARD CURL-ARGUMENT...: what is answered names this shard
misdirected() {
    local what=$1 answer
    answer=$(get -w '\n%{http_code}' "${@:3}")
    equal "$what: 421 names shard $2" "421 421 /problems/misdirected-request $2 2" \
        "$(tail -n 1 <<<"$answer") $(head -n 1 <<<"$answer" | jq -r '"\(.status) \(.type) \(.shard) \(.shards)"')"
}
misdirected "a new order" 1 --json "$(order_body "$yan" 1)" "$(url_of order.0)/orders"
misdirected "the same with a key" 0 -H "Idempotency-Key: a" --json "$(order_body "$zoe" 1)" "$(url_of order.1)/orders"
misdirected "an order" 1 "$(url_of order.0)/orders/$theirs"
misdirected "a waiting look at it" 1 -H "Prefer: wait=5" "$(url_of order.0)/orders/$theirs"
misdirected "its cancellation" 1 --json '{}' "$(url_of order.0)/orders/$theirs/cancellation"
misdirected "its timeline" 0 "$(url_of order.1)/orders/$ours/timeline"
misdirected "a new account" 1 -X PUT --json '{"currency":"EUR"}' "$(url_of payment.0)/accounts/$yan"
misdirected "an account" 0 "$(url_of payment.1)/accounts/$zoe"
misdirected "a deposit" 1 -H "Idempotency-Key: b" --json '{"amount":1,"currency":"EUR"}' "$(url_of payment.0)/accounts/$yan/deposits"
misdirected "a payment" 1 "$(url_of payment.0)/payments/$theirs"
misdirected "notifications" 0 "$(url_of notify.1)/notifications?order_id=$ours"
equal "a malformed id gets the answer it always got" "404 404" "$(status_of "$(url_of order.0)/orders/x") $(status_of "$(url_of order.1)/orders/x")"
equal "a bad body, too" "422 422" "$(status_of --json '{"customer_id":5}' "$(url_of order.0)/orders") $(status_of --json '{"customer_id":5}' "$(url_of order.1)/orders")"
equal "nothing came of all that" "1 1 1 1 2 2" "$(for i in 0 1; do sql order.$i "SELECT count(*) FROM orders"; done | xargs) $(for i in 0 1; do
    sql payment.$i "SELECT count(*) FROM account"; done | xargs) $(for i in 0 1; do sql payment.$i "SELECT count(*) FROM ledger"; done | xargs)"
equal "a list is its shard's" "$ours" "$(get "$(url_of order.0)/orders" | jq -r '.orders[].order_id')"
equal "the money of both is right" "99500 99300" "$(PAYMENT_URL=$(url_of payment.0) balance "$zoe") $(PAYMENT_URL=$(url_of payment.1) balance "$yan")"
equal "each was told in its shard" "paid paid" "$(NOTIFY_URL=$(url_of notify.0) kinds_told "$ours") $(NOTIFY_URL=$(url_of notify.1) kinds_told "$theirs")"

# ---- dead letters: all of them are on partition 0, and each shard keeps those that came from its partitions ----

for partition in 4 5; do echo '{}' | kcat -P -b "$BROKERS" -t orders -p $partition -k "junk-$partition" -H ce_type=order.cancelled; done
kept() { sql "$1" "SELECT group_concat(topic || '/' || partition, ' ') FROM dead_letter"; }
keeps() { [[ $(kept "$1") == "$2" ]]; }
has_passed_all() { (($(sql "$1" "SELECT coalesce(max(next_offset), 0) FROM position WHERE topic = 'orders.DLT' AND partition = 0") >= 4)); }
for service in payment notify; do
    eventually "$service shard 0 keeps what came from partition 4" keeps "$service.0" orders/4
    eventually "and shard 1 what came from partition 5" keeps "$service.1" orders/5
done
for service in payment.{0,1} notify.{0,1}; do eventually "$service has passed all four" has_passed_all "$service"; done
equal "nobody keeps another shard's" "orders/4 orders/5 orders/4 orders/5" "$(for i in payment.{0,1} notify.{0,1}; do kept $i; done | xargs)"
try_ctl payment.0 consumer pause orders 5
contains "a partition of another shard cannot be paused" "1 payment-svc ctl: payment-svc does not read partition 5 of orders" "$STATUS $ERR"

# ---- one shard of each is killed under load ----

load_beside --seconds 3600 --clients 16 --seed "$SRANDOM" --history "$SET_DIR/history"
has_worked() { (($(metric "$1" group_commit_size_count) > 20)); }
eventually "both shards work" eval 'has_worked order.0 && has_worked order.1'
for name in order.1 payment.0 notify.1; do
    service_kill "$name"
    [[ $name != order.1 ]] || equal "the other shard goes on" 201 "$(status_of --json "$(order_body "$zoe" 1)" "$(url_of order.0)/orders")"
    service_start "$name" DLT_PARTITION=0
    eventually "$name was killed and works again" has_worked "$name"
done
end_load
for shard in 0 1; do check "shard $shard had its part" test "$(sql order.$shard "SELECT count(*) FROM orders")" -gt 20; done
equal "each shard kept to its partitions" "0 0" "$(for i in 0 1; do sql order.$i "SELECT count(*) FROM outbox WHERE partition % 2 <> $i"; done | xargs)"
audit --history "$SET_DIR/history"

# ---- the data of a shard is that shard's ----

# refused NAME SETTING...: it ends with status 1; the reason in SAID
refused() {
    service_launch "$@"
    reap "$1"
    SAID="$EXIT_STATUS $(tail -n 1 "$SET_DIR/$1.log")"
}
service_stop order.0
refused order.0 SHARDS=3
contains "another number of shards is refused" "the database is shard 0 of 2, this is shard 0 of 3: give each shard its own DATA_DIR" "$SAID"
equal "with exit status 1" 1 "${SAID%% *}"
refused order.0 SHARD=1
contains "so is another shard" "the database is shard 0 of 2, this is shard 1 of 2" "$SAID"
refused order.0 SHARD=0 SHARDS=1
contains "and a start without shards" "the database is shard 0 of 2, this is shard 0 of 1" "$SAID"
refused order.0 SHARD=2 SHARDS=13
contains "a number that cannot be is a mistake" "SHARDS: must be PARTITIONS (12) at most" "$(cat "$SET_DIR/order.0.log")"
service_start order.0
eventually "with its own number it starts" is_well order.0

if "$BUILD/audit" --data "$SET_DIR/shard-1" >"$SET_DIR/one.txt"; then fail "the auditor is content with one shard of two"; fi
contains "the auditor wants all shards" "this is shard 1 of 2, and 1 is audited: name all of them" "$(<"$SET_DIR/one.txt")"
STATUS=0
ERR=$("$BUILD/load" --order "$ORDER_URL" --payment "$PAYMENT_URL" --notify "${NOTIFY_URL%,*}" --flow "$ROOT/tests/load/flows/mixed.flow" 2>&1) || STATUS=$?
contains "so does the load driver" "2 load: --order names 2 addresses, --payment 2 and --notify 1" "$STATUS $ERR"
[[ $BROKER == kafka ]] || exit 0

# ---- Kafka's tools see one reader of each topic ----

groups_agree() {
    "$ROOT/deploy/kafka/tool" consumer-groups --describe --all-groups --bootstrap-server "$BROKERS" >"$SET_DIR/groups" 2>>"$SET_DIR/broker.log" || return 1
    [[ $(awk '$1 == "payment-svc" && $2 == "orders" && $4 > 0 { print $3, $4 }' "$SET_DIR/groups" | sort -n) == "$(for i in 0 1; do
        sql payment.$i "SELECT partition || ' ' || next_offset FROM position WHERE topic = 'orders' AND next_offset > 0"; done | sort -n)" ]]
}
eventually "consumer-groups shows the positions of both shards" groups_agree
