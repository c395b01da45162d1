#!/usr/bin/env bash
# Goal: the position in the database decides where reading goes on: nothing is read twice after a clean restart; Kafka's own
# tools see the same offsets; and a log whose beginning was removed is read on only if nothing of it was missed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 1000000

# "orders-3 12", for each partition that something was read from
positions() { sql "$1" "SELECT topic || '-' || partition || ' ' || next_offset FROM v_position WHERE next_offset > 0" | sort; }
handled() { get "$(url_of "$1")/metrics" | awk '/^events_total.*(handled|duplicate|skipped)/ { sum += $NF } END { print sum + 0 }'; }
lag() { get "$(url_of "$1")/metrics" | awk '/^consumer_lag/ { sum += $NF } END { print sum + 0 }'; }
no_lag() { [[ "$(lag order) $(lag payment) $(lag notify)" == "0 0 0" ]]; }

until (($(sql order "SELECT count(DISTINCT partition) FROM orders") >= 6)); do
    get -o /dev/null --json "$(order_body alice 1)" "$ORDER_URL/orders?n=[1-10]"
done
eventually "orders on 6 partitions and more are PAID" nothing_pending
eventually "all is read" all_is_read
eventually "and metrics say so" no_lag

# Skipped records move a position only with the next commit, within a second; a clean stop stores them all.
for name in order payment notify; do service_stop "$name"; done
for name in order payment notify; do positions "$name" >"$SET_DIR/$name.before"; done
for name in order payment notify; do service_start "$name"; done
for name in order payment notify; do eventually "$name-svc is started again" is_well "$name"; done
one=$(order alice 1)
eventually "and works" is_closed "$one" PAID
eventually "all is read again" all_is_read
for name in order payment notify; do
    partitions=$(wc -l <"$SET_DIR/$name.before")
    again=$(metric "$name" records_skipped_again_total)
    check "$name-svc read at most one record of a partition again, to check it ($again of $partitions)" test "$again" -le "$partitions"
    check "and handled nothing again ($(handled "$name") events)" test "$(handled "$name")" -le 4
    equal "no position went back" "" "$(join "$SET_DIR/$name.before" <(positions "$name") | awk '$3 < $2')"
done
if [[ $BROKER == embedded ]]; then audit; exit; fi

# ---- Kafka's tools ----

tool() { "$ROOT/deploy/kafka/tool" "$@" --bootstrap-server "$BROKERS" 2>>"$SET_DIR/broker.log"; }
# As positions, of what Kafka knows about a group.
group() { awk -v group="$1-svc" '$1 == group && $4 ~ /^[0-9]+$/ { print $2 "-" $3, $4 }' "$SET_DIR/groups" | sort; }
groups_agree() {
    tool consumer-groups --describe --all-groups >"$SET_DIR/groups" || return 1
    local name
    for name in order payment notify; do
        [[ $(group "$name" | grep -v ' 0$') == "$(positions "$name")" ]] || return 1
    done
}
eventually "Kafka's consumer-groups shows the positions of all three" groups_agree
equal "without lag" 0 "$(awk '$6 ~ /^[0-9]+$/ { sum += $6 } END { print sum + 0 }' "$SET_DIR/groups")"

# ---- a log whose beginning is gone ----

service_stop payment
mapfile -t rows < <(sql payment "SELECT partition || ' ' || next_offset FROM v_position WHERE next_offset > 1 ORDER BY partition LIMIT 3")
read -r exact_partition exact <<<"${rows[0]}"
read -r missed_partition missed <<<"${rows[1]}"
read -r within_partition within <<<"${rows[2]}"
for ((i = 0; i < 3; i++)); do echo '{}' | kcat -P -b "$BROKERS" -t orders -p "$missed_partition" -H ce_type=order.shipped; done
cat >"$SET_DIR/delete.json" <<JSON
{"version":1,"partitions":[
 {"topic":"orders","partition":$exact_partition,"offset":$exact},
 {"topic":"orders","partition":$missed_partition,"offset":$((missed + 2))},
 {"topic":"orders","partition":$within_partition,"offset":$((within - 1))}]}
JSON
tool delete-records --offset-json-file "$SET_DIR/delete.json" >>"$SET_DIR/broker.log"
service_start payment
says() { [[ $(degraded payment) == *"$1"* ]]; }
eventually "two records were removed unread: partition $missed_partition is stopped" says "orders/$missed_partition: records_missing"
equal "no other is" "orders/$missed_partition: records_missing" "$(degraded payment)"
check "the log names offsets" grep -q "partition stopped.* partition=$missed_partition .*position=$missed offset=$((missed + 2))" "$SET_DIR/payment.log"
on_both() { (($(sql order "SELECT count(DISTINCT partition) FROM orders WHERE status = 'PAID' AND created_at > $now
    AND partition IN ($exact_partition, $within_partition)") == 2)); }
now=$(sql order "SELECT max(created_at) FROM orders")
until (($(sql order "SELECT count(DISTINCT partition) FROM orders WHERE created_at > $now
    AND partition IN ($exact_partition, $within_partition)") == 2)); do
    get -o /dev/null --json "$(order_body alice 1)" "$ORDER_URL/orders?n=[1-10]"
done
eventually "those that begin where it was, or before, are read on" on_both
