#!/usr/bin/env bash
# Goal: the auditor finds nothing in a sound set with its topics, at rest and at work, and everything that is planted in it:
# each plant of the corpus, and records that nobody has said. What a broker has forgotten is held against nobody.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
PORT[receiver]=$(free_port)
corpus=$ROOT/tests/audit/corpus

# try_audit OPTION...: sets OUT and STATUS
try_audit() {
    STATUS=0
    OUT=$("$BUILD/audit" "$@" 2>&1) || STATUS=$?
}
number() { jq -r "$1" "$SET_DIR/found.json"; }

# ---- a set in which orders came to every end ----

"$BUILD/receiver" "${PORT[receiver]}" 600 >"$SET_DIR/receiver" &
BESIDE+=("$!")
eventually "the receiver takes posts" grep -q '^ready' "$SET_DIR/receiver"
broker_start
service_start order
service_start payment
service_start notify NOTIFY_CHANNEL=webhook WEBHOOK_URL="http://localhost:${PORT[receiver]}/" WEBHOOK_BACKOFF_INTERVAL_MS=50
account alice 100000
account bob 100
account 503-200 1000
account 400 1000
posted=$(order 503-200 10)
refused=$(order 400 10)
eventually "one is told by the second post" is_closed "$posted" PAID
eventually "one cannot be told" is_closed "$refused" PAID
service_stop notify
service_start notify

KEY=key-1 order alice 900 >"$SET_DIR/keyed"
rejected=$(order bob 500)
eventually "one is PAID" is_closed "$(<"$SET_DIR/keyed")" PAID
eventually "one is REJECTED" is_closed "$rejected" REJECTED
refunded=$(order alice 700)
eventually "one is PAID" is_status "$refunded" PAID
cancel "$refunded" >/dev/null
eventually "and then REFUNDED" is_closed "$refunded" REFUNDED
service_stop payment
service_stop order
service_start order PAY_WITHIN=1
expired=$(order alice 800)
eventually "one expires" is_status "$expired" CANCELLED
service_start payment
eventually "and is voided" is_closed "$expired" CANCELLED

echo '{}' | kcat -P -b "$BROKERS" -t orders -p 0 -k junk -H ce_type=order.cancelled
has_letter() { [[ $(sql "$1" "SELECT count(*) FROM dead_letter") == "$2" ]]; }
for name in payment notify; do eventually "junk is set aside by $name" has_letter "$name" 1; done

# ---- nothing is found in it ----

audit
try_audit --data "$SET_DIR" --brokers "$BROKERS" --json "$SET_DIR/found.json"
contains "what was set aside is listed" "open  payment-svc set aside order.cancelled at orders/0 offset" "$OUT"
contains "and explains its record" "records were said by somebody: an outbox has their row (1 explained by dead letters)" "$OUT"
equal "scripts read the same" "0 clean 0 2 2" "$STATUS $(number '"\(.verdict) \(.violations) \(.dead_letters_open) \(.open | length)"')"
events=$(for name in "${SERVICES[@]}"; do sql "$name" "SELECT count(*) FROM outbox"; done | paste -sd+ | bc)
equal "every row has its record, and junk is one more" $((events + 1)) "$(number .records)"
try_audit --data "$SET_DIR" --brokers "$BROKERS" --topic-prefix other.
contains "topics that are not there are named" "2 audit: $BROKERS has no topic other.orders" "$STATUS $OUT"
try_audit --data "$SET_DIR" --brokers "$BROKERS" --properties "$SET_DIR/none"
equal "properties that cannot be read end it" 2 "$STATUS"

# ---- what is planted is found ----

for name in "${SERVICES[@]}"; do service_stop "$name"; done
mkdir "$SET_DIR/planted"
declare -A OF=([order]=$(data_of order)/order-svc.db [payment]=$(data_of payment)/payment-svc.db [notify]=$(data_of notify)/notify-svc.db)

# plant CHECK DATABASE WHAT SQL: the check finds it
plant() {
    local check=$1 name=$2 topics=()
    local -A file=([order]=${OF[order]} [payment]=${OF[payment]} [notify]=${OF[notify]})
    file[$name]=$SET_DIR/planted/$name.db
    cp "${OF[$name]}" "${file[$name]}"
    sqlite3 -bail "${file[$name]}" "$4"
    case $check in published|backed|as-said|in-order|positions) topics=(--brokers "$BROKERS") ;; esac
    try_audit --order "${file[order]}" --payment "${file[payment]}" --notify "${file[notify]}" "${topics[@]}" --json "$SET_DIR/found.json"
    [[ $STATUS == 1 && $(number ".checks[] | select(.name == \"$check\") | .violations") -gt 0 ]] ||
        fail "$check does not find: $name: $3: status $STATUS, $(tail -n 1 <<<"$OUT")"
    plants=$((plants + 1))
}

# plant_file FILE: each section "-- DATABASE: WHAT" and its SQL
plant_file() {
    local line check name='' what='' text=''
    check=$(basename "$1" .sql)
    while IFS= read -r line; do
        if [[ $line =~ ^--\ (order|payment|notify):\ (.*)$ ]]; then
            [[ -z $text ]] || plant "$check" "$name" "$what" "$text"
            name=${BASH_REMATCH[1]} what=${BASH_REMATCH[2]} text=''
        else
            text+=$line$'\n'
        fi
    done <"$1"
    plant "$check" "$name" "$what" "$text"
}
plants=0
for file in "$corpus"/*.sql; do plant_file "$file"; done
check "each of $plants plants is found by its check" test "$plants" -gt 90

# ---- nor is anything while it works ----

for name in "${SERVICES[@]}"; do service_start "$name"; done
"$BUILD/audit" --data "$SET_DIR" --brokers "$BROKERS" --watch 1 >"$SET_DIR/watch" 2>&1 &
watcher=$!
BESIDE+=("$watcher")
load_beside --seconds 4 --clients 8
under_way() { (($(sql order "SELECT count(*) FROM orders") > 50)); }
eventually "work is under way" under_way
for round in one another "a third"; do
    try_audit --data "$SET_DIR" --brokers "$BROKERS" --live
    check "$round: $(tail -n 1 <<<"$OUT")" test "$STATUS" == 0
done
wait_for_load
rounds() { (($(grep -c "^..:..:.. round .*AUDIT CLEAN" "$SET_DIR/watch") >= $1)); }
eventually "a running verdict has a line for each round" rounds 2
kill "$watcher"
STATUS=0
wait "$watcher" || STATUS=$?
check "every round was clean" test "$(grep -c "AUDIT FAILED\|NO VERDICT" "$SET_DIR/watch")" == 0
contains "it ends with the last verdict" "0 ended after " "$STATUS $(tail -n 1 "$SET_DIR/watch")"
audit
for name in "${SERVICES[@]}"; do service_stop "$name"; done

# ---- records that nobody has said ----

# found CHECK: how often it is violated
found() {
    try_audit --data "$SET_DIR" --brokers "$BROKERS" --json "$SET_DIR/found.json"
    number "[.checks[] | select(.name == \"$1\") | .violations] | add"
}
equal "before, there is none" "0 0" "$(found backed) $(found as-said)"
new_id=01890a5d-ac96-774b-bcce-b302099a8058
echo '{}' | kcat -P -b "$BROKERS" -t orders -p 1 -k "$rejected" -H ce_type=order.paid -H "ce_id=$new_id"
equal "an event that nobody said" 1 "$(found backed)"
contains "is shown where it stands in its order's life" "> " "$(grep "nobody says order.paid" <<<"$("$BUILD/audit" --data "$SET_DIR" --brokers "$BROKERS")")"
echo '{}' | kcat -P -b "$BROKERS" -t orders -p 1 -k "$rejected" -H ce_type=order.shipped -H ce_id=01890a5d-ac96-774b-bcce-b302099a8059
equal "one of a type that nobody here knows is none" 1 "$(found backed)"
equal "and is listed" "order.shipped on orders: 1" "$(number '.open[].about | select(.foreign) | "\(.foreign) on \(.topic): \(.records)"')"
read -r id partition causation sequence <<<"$(sqlite3 -readonly -separator ' ' "${OF[order]}" \
    "SELECT event_id, partition, causation, sequence FROM outbox WHERE subject = '$rejected' AND type = 'order.rejected'")"
again() {
    kcat -P -b "$BROKERS" -t orders -p "$partition" -k "$1" -H ce_specversion=1.0 -H "ce_id=$id" -H "ce_type=$2" -H "ce_subject=$rejected" \
        -H "ce_causationid=$causation" -H "ce_sequence=$sequence"
}
echo '{"order_id":"x"}' | again "$rejected" order.rejected
equal "an event with another value" 1 "$(found as-said)"
said=$(sqlite3 -readonly "${OF[order]}" "SELECT data FROM outbox WHERE event_id = '$id'")
printf '%s' "$said" | again other-key order.rejected
equal "with another key" 2 "$(found as-said)"
printf '%s' "$said" | again "$rejected" order.paid
equal "of another type" 3 "$(found as-said)"
printf '%s' "$said" | again "$rejected" order.rejected
equal "the same once more is no violation" "3 4" "$(found as-said) $(number .duplicates)"
echo '{}' | kcat -P -b "$BROKERS" -t payments.DLT -p 3 -k x -H a=b
equal "a dead letter of nobody's" 2 "$(found backed)"

"$BUILD/audit" --data "$SET_DIR" --brokers "$BROKERS" --watch 1 >"$SET_DIR/watch" 2>&1 &
watcher=$!
BESIDE+=("$watcher")
bad_rounds() { (($(grep -c "AUDIT FAILED" "$SET_DIR/watch") >= 3)); }
eventually "a running verdict tells of violations in each round" bad_rounds
kill -INT "$watcher"
STATUS=0
wait "$watcher" || STATUS=$?
equal "shows each of them once, and ends with status 1" "1 1" "$(grep -c "^ *backed: $rejected" "$SET_DIR/watch") $STATUS"

# ---- what the broker has forgotten ----

[[ $BROKER == embedded ]] || exit 0
broker_kill
broker_start
try_audit --data "$SET_DIR" --brokers "$BROKERS" --json "$SET_DIR/found.json"
equal "an empty memory is no violation" "0 $(for name in "${SERVICES[@]}"; do sql "$name" "SELECT count(*) FROM outbox"; done | paste -sd+ | bc)" \
    "$STATUS $(number '.checks[] | select(.name == "published") | .undecidable')"
contains "it says why" "order-svc has not begun to speak to this broker" "$OUT"
