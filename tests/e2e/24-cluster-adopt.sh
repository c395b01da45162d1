#!/usr/bin/env bash
# Goal: another cluster is never taken for ours. The services wait, say so and name the command; `ctl cluster adopt` with its id
# makes it ours: everything kept is said again, and nobody has an effect twice. A partition whose log is not the one that was
# read stops, and `ctl consumer reset` lets it go on.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start

names=(order payment notify)
all_are_well() { local name; for name in "${names[@]}"; do is_well "$name" || return 1; done; }
says() { [[ $(degraded "$1") == *"$2"* ]]; }
all_say() { local name; for name in "${names[@]}"; do says "$name" "$1" || return 1; done; }
event_ids() { local topic; for topic in orders payments notifications; do kcat -C -q -e -b "$BROKERS" -t $topic -o beginning -f '%h\n'; done | grep -o 'ce_id=[^,]*' | sort -u; }
kept_ids() { local name; for name in "${names[@]}"; do sql "$name" "SELECT 'ce_id=' || event_id FROM outbox WHERE packed IS NULL"; done | sort -u; }
letters() { sql "$1" "SELECT count(*) FROM dead_letter"; }

# ---- a past, and another cluster ----

account alice 1000000
get -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-12]"
eventually "12 orders are PAID" nothing_pending
service_stop payment
under_way=$(order alice 10)
has_said() { [[ $(sql order "SELECT count(*) FROM v_outbox WHERE state = 'PENDING'") == 0 ]]; }
eventually "one more is said, and payment-svc is not there" has_said

# On Kafka a new cluster; the embedded broker forgets, and the services are told that they belonged to somebody else.
if [[ $BROKER == kafka ]]; then
    broker_stop
    mv "$SET_DIR/kafka" "$SET_DIR/kafka.before"
else
    service_stop order
    service_stop notify
    broker_stop
    for name in "${names[@]}"; do sqlite3 "$SET_DIR/$name-svc/$name-svc.db" "UPDATE meta SET cluster_id = 'another-kafka'"; done
fi
broker_start
for topic in orders payments notifications; do echo junk | kcat -P -b "$BROKERS" -t "$topic" -p 0; done
for name in "${names[@]}"; do is_running "$name" || service_start "$name"; done
eventually "another cluster answers: all say so, and name the command" all_say "another cluster than the one that positions and outbox belong to; ctl cluster adopt "
waiting=$(order alice 10)
equal "an order is taken" CREATED "$(status "$waiting")"
for name in "${names[@]}"; do
    try_ctl "$name" status
    contains "ctl status of $name-svc names it, too" "$name-svc ctl cluster adopt " "$OUT"
done
id=$(sed -n 's/^ *notify-svc ctl cluster adopt //p' <<<"$OUT")
try_ctl order cluster adopt "${id}x"
equal "another id is refused" "1 order-svc ctl: the cluster that answers is $id, not ${id}x" "$STATUS $ERR"
equal "nothing was said" "" "$(event_ids)"
for name in "${names[@]}"; do equal "$name-svc has read nothing from it" 0 "$(letters "$name")"; done

# ---- adopted ----

for name in "${names[@]}"; do
    try_ctl "$name" cluster adopt "$id" --why "the old one is gone"
    equal "$name-svc adopts it" 0 "$STATUS"
    contains "and says what follows" "done: $name-svc goes over to cluster $id" "$OUT"
done
eventually "all are well" all_are_well
eventually "the order that was under way is PAID" is_closed "$under_way" PAID
eventually "so is the one that waited" is_closed "$waiting" PAID
eventually "nothing is pending" nothing_pending
has_letters() { [[ $(letters "$1") == "$2" ]]; }
eventually "it was read from its beginning" has_letters payment 1
equal "everything kept was said to it" "" "$(comm -13 <(event_ids) <(kept_ids))"
equal "each order was charged once" $((1000000 - 140)) "$(balance alice)"
equal "no event has failed" 0 "$(sql payment "SELECT count(*) FROM attempt")"
try_ctl order cluster adopt "$id"
equal "it is ours: adopting it again changes nothing" "0 nothing changed: order-svc belongs to this cluster" "$STATUS $OUT"
equal "who decided is kept" "$(id -un) (uid $(id -u))|the old one is gone|1" \
    "$(sql notify "SELECT who, why, outcome LIKE 'done: %' FROM operation")"
for name in "${names[@]}"; do service_stop "$name"; done
for name in "${names[@]}"; do service_start "$name"; done
eventually "after a restart it is ours still" all_are_well
audit

# ---- a log that is not the one that was read ----

partition=$(sql order "SELECT partition FROM orders ORDER BY order_id DESC LIMIT 1")
service_stop payment
sqlite3 "$SET_DIR/payment-svc/payment-svc.db" \
    "UPDATE position SET next_offset = next_offset + 1000 WHERE topic = 'orders' AND partition = $partition"
service_start payment
eventually "a log that ends before our position: the partition is stopped" says payment "orders/$partition: "
try_ctl payment status
contains "ctl status names the command" "payment-svc ctl consumer reset orders $partition --to earliest" "$OUT"
on_it() { [[ $(sql order "SELECT count(*) FROM orders WHERE partition = $partition AND status = 'CREATED'") -gt 0 ]]; }
until on_it; do get -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-6]"; done
ok "orders wait on it"
try_ctl payment consumer reset orders "$partition" --to earliest
contains "it is reset" "done: orders/$partition is read on from offset 0; it was at " "$OUT"
eventually "all is well" all_are_well
eventually "they are PAID" nothing_pending
equal "nothing was charged twice" "$(sql order "SELECT 1000000 - sum(amount) FROM orders")" "$(balance alice)"
audit
