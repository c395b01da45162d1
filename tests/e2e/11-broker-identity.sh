#!/usr/bin/env bash
# Goal: services wait for a broker that is complete and theirs, and say what they wait for. An embedded broker that has lost
# its memory is told everything again; another cluster, or a topic that was made anew, is noticed and not mistaken for ours.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new

names=(order payment notify)
says() { [[ $(degraded "$1") == *"$2"* ]]; }
all_say() { local name; for name in "${names[@]}"; do says "$name" "$1" || return 1; done; }
all_are_well() { local name; for name in "${names[@]}"; do is_well "$name" || return 1; done; }
paid() { local id; for id in "$@"; do is_closed "$id" PAID || return 1; done; }
# What stands on a topic, one line for each record.
records() { kcat -C -q -e -b "$BROKERS" -t "$1" -o beginning -f '%p %o %k %h\n'; }
event_ids() { records "$1" | grep -o 'ce_id=[^,]*' | sort; }

# ---- topics that are missing, or have another number of partitions ----

for name in "${names[@]}"; do service_start "$name"; done
account alice 1000000
first=$(order alice 100)
all_topics=$(topics)
topics() { printf '%s\n' {orders,payments,{orders,payments,notifications}.DLT}":$PARTITIONS"; }
broker_start
eventually "a topic is missing: all say which one, and how to make it" all_say \
    "topic notifications does not exist yet: create it with $PARTITIONS partitions"
if [[ $BROKER == kafka ]]; then
    "$ROOT/deploy/kafka/topics" --address "$BROKERS" notifications:6 >>"$SET_DIR/broker.log"
else
    broker_stop
    topics() { printf '%s\n' {orders,payments,{orders,payments,notifications}.DLT}":$PARTITIONS" notifications:6; }
    broker_start
fi
eventually "it has too few partitions: all say both numbers" all_say \
    "topic notifications has 6 partitions, PARTITIONS is $PARTITIONS"
equal "order-svc accepts orders meanwhile" 200 "$(status_of "$ORDER_URL/readyz")"
equal "nothing was said" "" "$(records orders)"
if [[ $BROKER == kafka ]]; then
    "$ROOT/deploy/kafka/tool" topics --bootstrap-server "$BROKERS" --alter --topic notifications --partitions "$PARTITIONS" \
        >>"$SET_DIR/broker.log" 2>&1
else
    broker_stop
fi
topics() { echo "$all_topics"; }
[[ $BROKER == kafka ]] || broker_start
eventually "all is there: they go on by themselves" all_are_well
eventually "the order that waited is PAID" is_closed "$first" PAID

# At least one order on each of three partitions, so that their topics have a past.
older=()
until (($(sql order "SELECT count(DISTINCT partition) FROM orders") >= 3 && ${#older[@]} >= 6)); do older+=("$(order alice 10)"); done
eventually "${#older[@]} more orders are PAID" paid "${older[@]}"
money() { sql payment "SELECT count(*), sum(amount) FROM ledger"; }

embedded_part() {
    local control=("$BUILD/devbroker" ctl "$SET_DIR/broker.ctl") before money under_way=() later=() i
    service_stop payment
    for i in 1 2 3; do under_way+=("$(order alice 10)"); done
    until_true 60 has_all_said || fail "order-svc has not said everything"
    before=$(event_ids orders)
    money=$(money)
    equal "the broker is restarted" ok "$("${control[@]}" restart)"
    eventually "order-svc says it has lost its memory" grep -q "the embedded broker has lost its memory" "$SET_DIR/order.log"
    for i in 1 2 3; do later+=("$(order alice 10)"); done
    eventually "what was said once is said again" is_said "$before"
    equal "and is not charged again" "$money" "$(money)"
    service_start payment
    eventually "orders that were under way end" paid "${under_way[@]}"
    eventually "new ones too" paid "${later[@]}"
    eventually "all are well" all_are_well
    equal "each was charged once" $((1000000 - 100 - 10 * (${#older[@]} + 6))) "$(balance alice)"

    local positions boot
    positions=$(sql payment "SELECT sum(next_offset) FROM v_position")
    boot=$("${control[@]}" status)
    equal "the broker is down" ok "$("${control[@]}" down)"
    eventually "all say so" all_say broker
    later=("$(order alice 10)")
    equal "it comes back" ok "$("${control[@]}" up)"
    eventually "the order that waited is PAID" paid "${later[@]}"
    equal "it is the same one" "$boot" "$("${control[@]}" status)"
    check "and was read on where it was" test "$(sql payment "SELECT sum(next_offset) FROM v_position")" -gt "$positions"
    equal "without a reset" 1 "$(grep -c "the embedded broker has lost its memory" "$SET_DIR/notify.log")"
}
has_all_said() { [[ $(sql order "SELECT count(*) FROM v_outbox WHERE state = 'PENDING'") == 0 ]]; }
is_said() { [[ -z $(comm -23 <(echo "$1") <(event_ids orders)) ]]; }

kafka_part() {
    local waiting rows topic
    broker_stop
    "$ROOT/deploy/kafka/start" --dir "$SET_DIR/other" --port "${PORT[broker]}" --controller-port "${PORT[controller]}" >>"$SET_DIR/broker.log"
    # shellcheck disable=SC2046 # one word for each topic
    "$ROOT/deploy/kafka/topics" --address "$BROKERS" $(topics) >>"$SET_DIR/broker.log"
    for topic in orders payments notifications; do echo junk | kcat -P -b "$BROKERS" -t "$topic" -p 0; done
    eventually "another cluster answers: all say so" all_say "another cluster than the one"
    waiting=$(order alice 10)
    equal "an order is taken" CREATED "$(status "$waiting")"
    equal "and waits" 1 "$(metric order outbox_pending)"
    for topic in orders payments notifications; do equal "nothing is said on its topic $topic" "0 0" "$(records "$topic" | cut -d ' ' -f 1,2)"; done
    for name in "${names[@]}"; do
        equal "$name-svc has read nothing from it" 0 "$(sql "$name" "SELECT count(*) FROM dead_letter")"
    done
    "$ROOT/deploy/kafka/stop" --dir "$SET_DIR/other" >>"$SET_DIR/broker.log"
    broker_start
    eventually "the old one is back: all go on" all_are_well
    eventually "the order that waited is PAID" paid "$waiting"

    service_stop payment
    local positions="SELECT partition || ' ' || next_offset FROM v_position WHERE topic = 'orders' AND next_offset > 0
                      ORDER BY next_offset DESC, partition"
    rows=$(sql payment "$positions")
    "$ROOT/deploy/kafka/tool" topics --bootstrap-server "$BROKERS" --delete --topic orders >>"$SET_DIR/broker.log" 2>&1
    "$ROOT/deploy/kafka/topics" --address "$BROKERS" "orders:$PARTITIONS" >>"$SET_DIR/broker.log"
    # One partition stays empty, one gets fewer records than it had, one more.
    local partition next i=0
    while read -r partition next; do
        case $((i++)) in
            0) seq 1 $((next - 1)) | kcat -P -b "$BROKERS" -t orders -p "$partition" ;;
            1) seq 1 $((next + 2)) | kcat -P -b "$BROKERS" -t orders -p "$partition" ;;
            *) ;;
        esac
    done <<<"$rows"
    service_start payment
    while read -r partition next; do
        eventually "orders was made anew: partition $partition, read up to $next before, is stopped" says payment "orders/$partition: "
    done <<<"$rows"
    equal "nothing was read from them" 0 "$(sql payment "SELECT count(*) FROM dead_letter")"
    equal "its positions are what they were" "$rows" \
        "$(sql payment "$positions")"
}

"${BROKER}_part"
[[ $BROKER == kafka ]] || audit
