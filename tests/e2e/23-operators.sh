#!/usr/bin/env bash
# Goal: an operator asks and decides by `ctl`, through a socket that is the owner's alone. Status says what is wrong and which
# command decides it; each decision has its effect once, is kept with who and why, and goes on after a kill; wrong use is one
# line and exit 2, a service that does not run one line and exit 1.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start
account alice 1000000

# ---- helpers ----

me="$(id -un) (uid $(id -u))"
# does WHAT STATUS "PART|PART..." SERVICE WORD...: the answer, on the right stream, and nothing on the other
does() {
    local what=$1 status=$2 parts part said silent
    IFS='|' read -ra parts <<<"$3"
    shift 3
    try_ctl "$@"
    if ((status == 0)); then said=$OUT silent=$ERR; else said=$ERR silent=$OUT; fi
    [[ $STATUS == "$status" ]] || fail "$what: exit status $STATUS instead of $status: $OUT$ERR"
    for part in "${parts[@]}"; do [[ $said == *"$part"* ]] || fail "$what: '$part' is not in: $said"; done
    [[ -z $silent ]] || fail "$what: something on the other stream: $silent"
    ((status == 0)) || [[ $said != *$'\n'* ]] || fail "$what: more than one line: $said"
    ok "$what: exit $status"
}
wrong() { does "wrong use: ctl ${*:2}" 2 "order-svc ctl: |$1" order "${@:2}"; }
operations() { sql "$1" "SELECT count(*) FROM operation WHERE what LIKE '$2'"; }
letters() { sql order "SELECT count(*) FROM dead_letter WHERE state = '$1'"; }
are_letters() { [[ $(letters "$1") == "$2" ]]; }
new_id() { cat /proc/sys/kernel/random/uuid; }
# forge TYPE ORDER PARTITION: an event that order-svc will not take now
forge() {
    kcat -P -b "$BROKERS" -t payments -p "$3" -k "$2" -H ce_specversion=1.0 -H "ce_id=$(new_id)" -H "ce_type=$1" \
        -H ce_source=/test -H "ce_subject=$2" -H content-type=application/json <<<'{}' || fail "kcat cannot send"
}
partition_of() { sql order "SELECT partition FROM orders WHERE order_id = '$1'"; }

# ---- the socket ----

for name in order payment notify; do
    equal "the socket of $name-svc is its owner's alone" "600 socket" "$(stat -c '%a %F' "$SET_DIR/$name-svc/$name-svc.sock")"
    eventually "$name-svc knows the broker" is_well "$name"
done
does "ready" 0 '{"status":"ready","degraded":[]}' order ready
says() { [[ $(ctl order status) == *"$1"* ]]; }
eventually "how far behind is known once the broker has been asked" says "payments            12 partitions, 0 behind"
does "help" 0 "usage: order-svc|dead-letters redrive [ID]|outbox skip SEQ --why TEXT" order help
does "status" 0 "order-svc is well|it takes writes|broker        known|0 rows to be sent|12 partitions, 0 behind|0 open" order status
long=$SET_DIR/$(printf 'long%.0s' {1..45})
DATA_DIR=$long HTTP_PORT=0 KAFKA_BROKERS=127.0.0.1:1 "$BUILD/notify-svc" 2>"$SET_DIR/long.log" &
BESIDE+=($!)
long_status() { [[ $("$BUILD/notify-svc" --data-dir "$long" ctl status 2>&1) == "notify-svc accepts writes, but 1 thing is not"* ]]; }
eventually "a folder whose path is longer than a socket's address" long_status

# ---- wrong use, and nobody there ----

wrong "a command is wanted"
wrong "there is no command stats: it is one of status, ready" stats
wrong "outbox what? One of list, show, retry, skip, republish" outbox
wrong "it is one of pause, resume, reset" consumer halt
wrong "\"now\" is not wanted; usage: status" status now
wrong "SEQ is missing; usage: outbox show SEQ" outbox show
wrong "SEQ must be a whole number from 1, not \"x\"" outbox show x
wrong "--why is missing" outbox skip 1
wrong "--why is missing" dead-letters discard 1
wrong "--max must be a whole number" dead-letters list --max many
wrong "--state must be one of OPEN, DONE, DISCARDED" dead-letters list --state CLOSED
wrong "one of ID, --reason REASON and --all is wanted" dead-letters redrive
wrong "one of ID, --reason REASON and --all is wanted" dead-letters redrive 1 --all
wrong "TOPIC must be one of orders, payments" consumer pause order 1
wrong "--to is missing" consumer reset payments 1
wrong "--to must be earliest, latest or an offset" consumer reset payments 1 --to middle
wrong "--from SEQ or --since TIME is wanted" outbox republish
wrong "--since must be a time" outbox republish --since yesterday
wrong "ORDER_ID must have 36" timeline 1
wrong "CLUSTER_ID is missing" cluster adopt
equal "nothing of this was a decision" 0 "$(operations order %)"
does "a row that there is not" 1 "there is no row 99" order outbox show 99
does "a dead letter that there is not" 1 "there is no dead letter 99" order dead-letters redrive 99
does "a partition that is not read" 1 "does not read partition 1 of orders" order consumer pause orders 1
does "an order that nobody knows" 1 "order-svc knows nothing of order" order timeline "$(new_id)"
does "another cluster, when there is none" 1 "no other cluster has answered" order cluster adopt one
raw() { curl -sS -o /dev/null -w '%{http_code} %{content_type}' --unix-socket "$SET_DIR/order-svc/order-svc.sock" "$@"; }
equal "by curl: status" "200 text/plain; charset=utf-8" "$(raw http://ctl/status)"
equal "a decision is no GET" "405 text/plain; charset=utf-8" "$(raw 'http://ctl/outbox/retry?seq=1')"
equal "there are no other paths" "404 text/plain; charset=utf-8" "$(raw http://ctl/orders)"
equal "what a command needs has to be given" "400 text/plain; charset=utf-8" "$(raw -X POST http://ctl/outbox/retry)"
service_kill notify
does "a service that was killed" 1 "notify-svc does not run: nobody listens on $SET_DIR/notify-svc/notify-svc.sock|sqlite3 -readonly" notify status
service_start notify
does "it starts on the socket that was left" 0 ready notify ready
service_stop notify
does "a service that was stopped" 1 "notify-svc does not run" notify ready
check "it has taken its socket away" test ! -e "$SET_DIR/notify-svc/notify-svc.sock"
service_start notify

# ---- dead letters, one by one and in bulk ----

get -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-48]"
mapfile -t order_ids < <(sql order "SELECT order_id FROM orders")
eventually "${#order_ids[@]} orders are PAID" nothing_pending
service_stop payment
forging=()
for id in "${order_ids[@]}" "${order_ids[0]}"; do forge payment.voided "$id" "$(partition_of "$id")" & forging+=($!); done
wait "${forging[@]}"
eventually "what nobody asked for is said of each, and twice of one: all are dead letters" are_letters OPEN 49
does "status names the command" 0 "1 decision waits|49 dead letters of reason impossible_state|order-svc ctl dead-letters list --state OPEN --reason impossible_state" order status
equal "metrics, too" 49 "$(metric order 'dead_letters_open_by_reason{reason="impossible_state"}')"
does "list" 0 "impossible_state|payment.voided|${order_ids[0]}" order dead-letters list --max 100
does "show" 0 "state      OPEN|reason     impossible_state: |header     ce_source=/test|{}" order dead-letters show 1
does "redriven too early" 1 "dead letter 1 stays open: impossible_state" order dead-letters redrive 1 --why "let us see"
equal "it has one more try" "OPEN 1" "$(sql order "SELECT state || ' ' || tries FROM dead_letter WHERE dead_letter_id = 1")"
does "a dry run" 0 "these would be offered again|impossible_state" order dead-letters redrive --all --dry-run
equal "changes nothing" "49 1" "$(letters OPEN) $(operations order 'dead-letters redrive%')"

cancellations=("${order_ids[@]/#/$ORDER_URL/orders/}")
get --json '{}' "${cancellations[@]/%//cancellation}" >/dev/null
# redrive_beside ARGUMENT...: the client itself, to be killed
redrive_beside() {
    "$BUILD/order-svc" --data-dir "$SET_DIR/order-svc" ctl dead-letters redrive "$@" >"$SET_DIR/redrive.log" 2>&1 &
    redrive=$!
    BESIDE+=("$redrive")
}
redrive_beside --reason impossible_state --rate 8 --why "they are cancelled now"
some_done() { (($(letters DONE) >= $1)); }
eventually "a bulk redrive is under way" some_done 5
kill -KILL $redrive
wait $redrive || true
check "it is killed half-way" test "$(letters OPEN)" -gt 5
done_before=$(letters DONE)
redrive_beside --all --rate 8
eventually "again" some_done $((done_before + 5))
service_kill order
STATUS=0
wait $redrive || STATUS=$?
equal "now the service is killed: exit 1" 1 "$STATUS"
contains "and it says that it goes on" "broken off, the same command goes on" "$(<"$SET_DIR/redrive.log")"
service_start order
check "some are left" test "$(letters OPEN)" -gt 5
try_ctl order dead-letters redrive --all
equal "the rest: exit 0" 0 "$STATUS"
contains "with a summary" " changed nothing, 0 stay open" "$OUT"
outcomes() { sql order "SELECT count(*) FROM operation WHERE what LIKE 'dead-letters redrive %' AND outcome LIKE '$1'"; }
equal "each was redriven with success once; the second one of the same order changed nothing, and said so" "49 48 1" \
    "$(letters DONE) $(outcomes 'done: %') $(outcomes 'nothing changed: %')"
equal "who, what and why are kept" "$me|dead-letters redrive 1|let us see|dead letter 1 stays open: impossible_state" \
    "$(sql order "SELECT who, what, why, outcome FROM operation WHERE why = 'let us see'")"
service_start payment
all_are_refunded() { [[ $(sql order "SELECT count(*) FROM orders WHERE status <> 'REFUNDED'") == 0 ]]; }
eventually "payment-svc refunds them: all are REFUNDED" all_are_refunded

echo junk | kcat -P -b "$BROKERS" -t payments -p 0
eventually "what is no event is a dead letter" are_letters OPEN 1
does "it cannot be redriven" 1 "is no event of ours (not_a_cloudevent)" order dead-letters redrive 50
does "but discarded" 0 "done: dead letter 50 is discarded" order dead-letters discard 50 --why junk
does "once" 1 "is DISCARDED already" order dead-letters discard 50 --why junk
does "all is well again" 0 "order-svc is well|: dead-letters discard 50 -> done" order status
check "which is the verdict" test "$(head -n 1 <<<"$OUT")" = "order-svc is well"

# ---- rows that the broker refuses ----

# What the embedded broker answers is for whoever asks first: nobody else may have something to say.
refuse_rows() {
    if [[ $BROKER == kafka ]]; then configure_topic orders --add-config max.message.bytes=100
    else "$BUILD/devbroker" ctl "$SET_DIR/broker.ctl" push-errors produce 10 2 >/dev/null; fi
}
accept_rows() { [[ $BROKER != kafka ]] || configure_topic orders --delete-config max.message.bytes; }
parked() { sql order "SELECT seq FROM outbox_parked WHERE state = 'PARKED'"; }
one_is_parked() { [[ $(parked) =~ ^[0-9]+$ ]]; }

paid=$(order alice 10)
eventually "an order is PAID" is_closed "$paid" PAID
eventually "nothing is under way" is_quiet
refuse_rows
cancel "$paid" >/dev/null
eventually "its order.cancelled is refused, and PARKED" one_is_parked
seq=$(parked)
does "status names the command" 0 "the broker refuses rows of 1 orders|order-svc ctl outbox list --state PARKED|set aside: 1 rows" order status
does "list" 0 "$seq |PARKED|order.cancelled|$paid|MSG_SIZE_TOO_LARGE" order outbox list --state PARKED
does "show" 0 "state      PARKED|why        MSG_SIZE_TOO_LARGE|\"order_id\":\"$paid\"" order outbox show "$seq"
does "a row that was sent cannot be retried" 1 "row 1 is SENT: this is for PARKED ones" order outbox retry 1
accept_rows
does "retry" 0 "done: row $seq goes again" order outbox retry "$seq"
eventually "it was sent: the order is REFUNDED" is_closed "$paid" REFUNDED

eventually "nothing is under way" is_quiet
for ((i = 0; i < PARTITIONS; i++)); do ctl order consumer pause payments "$i" --why "to catch a row" >/dev/null; done
does "paused twice" 0 "nothing changed: payments/3 is stopped: paused_by_an_operator" order consumer pause payments 3
paid=$(order alice 10)
is_charged() { [[ $(sql payment "SELECT count(*) FROM v_outbox WHERE subject = '$paid' AND state = 'SENT'") == 1 ]]; }
eventually "payment-svc has charged for an order" is_charged
does "order-svc does not hear of it" 0 "12 decisions wait|payments/0 is not read: paused_by_an_operator|order-svc ctl consumer resume payments 0|12 stopped" order status
equal "it is CREATED" CREATED "$(status "$paid")"
refuse_rows
for ((i = 0; i < PARTITIONS; i++)); do ctl order consumer resume payments "$i" >/dev/null; done
does "resumed twice" 0 "nothing changed: payments/3 is being read" order consumer resume payments 3
eventually "it hears of it, and its order.paid is PARKED" one_is_parked
seq=$(parked)
accept_rows
does "skip" 0 "done: row $seq is given up" order outbox skip "$seq" --why "the customer was told by telephone"
equal "it is SKIPPED" SKIPPED "$(sql order "SELECT state FROM outbox_parked WHERE seq = $seq")"
cancel "$paid" >/dev/null
eventually "the order goes on without it: REFUNDED" is_closed "$paid" REFUNDED

# ---- rows again, and what happened ----

eventually "all is said" nothing_pending
eventually "and heard" all_is_read
rows=$(sql order "SELECT count(*) FROM outbox")
money=$(sql payment "SELECT count(*), sum(amount) FROM ledger")
does "republish" 0 "done: $rows rows go again" order outbox republish --since 1h --why "to see duplicates"
eventually "all are sent" nothing_pending
eventually "and read" all_is_read
equal "with the ids they had" "$((2 * rows)) $rows" "$(sql order "SELECT count(*), count(DISTINCT event_id) FROM outbox" | tr '|' ' ')"
does "rows that are gone" 0 "nothing changed: " order outbox republish --from 100000 --to 100001
position=$(sql payment "SELECT sum(next_offset) FROM position WHERE topic = 'orders'")
passed() { (($(sql payment "SELECT sum(next_offset) FROM position WHERE topic = 'orders'") >= $1)); }
for ((i = 0; i < PARTITIONS; i++)); do ctl payment consumer reset orders "$i" --to earliest >/dev/null; done
eventually "payment-svc has read everything again" passed "$position"
equal "nothing was charged or refunded twice" "$money" "$(sql payment "SELECT count(*), sum(amount) FROM ledger")"
does "an offset that there is not" 1 "orders/0 has offsets 0 to " payment consumer reset orders 0 --to 1000000
does "timeline" 0 "CREATED by request|says order.created|PAID by payment.completed|CANCELLED by request|SKIPPED" order timeline "$paid"
does "timeline of the payment" 0 "payment decided; it is now REFUNDED|CHARGE of 10 for alice|REFUND of 10" payment timeline "$paid"
does "timeline of the notifications" 0 "notification of kind cancelled is SENT" notify timeline "$paid"
# ---- a backup ----

saved=$SET_DIR/saved.db
orders=$(sql order "SELECT count(*) FROM orders")
cd "$SET_DIR"
does "backup" 0 "done: $SET_DIR/saved.db, " order backup saved.db --why "before the holidays"
equal "it is its owner's alone, and nothing is left beside it" "600 $saved" "$(stat -c '%a' "$saved") $(ls "$saved"*)"
equal "it is whole" "ok" "$(sqlite3 -readonly "$saved" "PRAGMA integrity_check")"
equal "and has all orders" "$orders" "$(sqlite3 -readonly "$saved" "SELECT count(*) FROM orders")"
does "once more" 1 "$SET_DIR/saved.db is there already: choose another name" order backup saved.db
does "into a folder that there is not" 1 "cannot create $SET_DIR/none/saved.db" order backup "$SET_DIR/none/saved.db"
does "without a name" 2 "FILE is missing; usage: backup FILE" order backup
equal "who made it is kept" "$me|before the holidays" "$(sql order "SELECT who, why FROM operation WHERE what = 'backup $saved' AND outcome LIKE 'done: %'")"
does "all is well" 0 "order-svc is well" order status

# The auditor has to notice the events that this script has said, and nothing else.
found=$("$BUILD/audit" --data "$SET_DIR" --verbose 2>&1 || true)
forged=$(sql order "SELECT count(*) FROM dead_letter d JOIN order_history h ON h.cause = d.event_id WHERE d.state = 'DONE'")
equal "the auditor finds the $forged steps that nobody of the set has caused, and nothing else" "48 1 violations=48" \
    "$forged $(grep -c '^ *FAIL' <<<"$found") $(grep -o 'violations=[0-9]*' <<<"$found")"
