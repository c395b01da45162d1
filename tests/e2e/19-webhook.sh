#!/usr/bin/env bash
# Goal: by webhook each customer is told, with one key for each notification, whatever the receiver does: it fails, hangs,
# answers late, is away; and whatever happens to notify-svc: killed between post and commit, stopped, under load. What the
# receiver refuses, and what has been tried often enough, is said to have failed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
PORT[receiver]=$(free_port)
export NOTIFY_CHANNEL=webhook WEBHOOK_URL="http://localhost:${PORT[receiver]}/hook?from=test"
export WEBHOOK_TIMEOUT_MS=10000 WEBHOOK_MAX_TRIES=4 WEBHOOK_MAX_IN_FLIGHT=3
export WEBHOOK_BACKOFF_INTERVAL_MS=50 WEBHOOK_BACKOFF_MAX_MS=100

# ---- the receiver: the customer's name says how each of his posts is answered ----

receiver_ready() { [[ $(grep -c '^ready' "$SET_DIR/receiver") == "$((STARTS + 1))" ]]; }
receiver_start() {
    STARTS=$(grep -c '^ready' "$SET_DIR/receiver" 2>/dev/null) || STARTS=0
    "$BUILD/receiver" "${PORT[receiver]}" 600 >>"$SET_DIR/receiver" &
    PID[receiver]=$!
    BESIDE+=("$!")
    until_true 30 receiver_ready || fail "the receiver did not start"
}
receiver_kill() { kill -KILL "${PID[receiver]}"; reap receiver; }

# The posts about an order: "KEY NTH WORD OPEN ORDER KIND CUSTOMER", oldest first.
posts_of() { awk -v order="$1" '$1 == "post" && $6 == order { sub("post ", ""); print }' "$SET_DIR/receiver"; }
posted() { (($(posts_of "$1" | wc -l) >= $2)); }
keys_of() { posts_of "$1" | cut -d ' ' -f 1 | sort -u; }
answered_late() { grep -qx "answer $(keys_of "$1") late" "$SET_DIR/receiver"; }

# ---- notifications ----

# tell WORDS: a customer who has no account is told that his order is rejected
tell() { order "$1" 10; }
told() { get "$NOTIFY_URL/notifications?order_id=$1" | jq -r ".notifications[] | \"\(.channel) \(.status) \(.tries)\""; }
is_told() { [[ $(told "$1") == "webhook $2" ]]; }
id_of() { get "$NOTIFY_URL/notifications?order_id=$1" | jq -r '.notifications[].notification_id'; }
outcome_of() { sql order "SELECT outcome FROM order_notice WHERE order_id = '$1'"; }
says() { [[ $(degraded notify) == "$1" ]]; }
calls() { metric notify "outside_calls_total{name=\"webhook\",completion=\"$1\"}"; }

# ends WORDS "STATUS TRIES" POSTS: what becomes of one notification, and how often it was posted
ends() {
    local id
    id=$(tell "$1")
    eventually "$1: $2" is_told "$id" "$2"
    equal "$1: posted $3 times, under the notification's id" "$3 $(id_of "$id")" "$(posts_of "$id" | wc -l) $(keys_of "$id")"
    eventually "$1: the order is closed" is_closed "$id" REJECTED
    equal "$1: order-svc knows how it ended" "${2% *}" "$(outcome_of "$id")"
}

receiver_start
set_start

# ---- what the receiver answers ----

account 200 1000
paid=$(order 200 10)
eventually "an order is PAID and closed" is_closed "$paid" PAID
equal "its customer was told once" "paid 1" "$(posts_of "$paid" | awk '{ print $6, $2 }')"
for words in 500-200 408-200 429-200 301-200 close-200 reset-200 junk-200; do ends $words "SENT 2" 2; done
for word in 400 404; do ends $word "FAILED 1" 1; done
equal "numbers say so: delivered" 8 "$(calls delivered)"
equal "undeliverable" 2 "$(calls undeliverable)"
equal "postponed" 7 "$(calls postponed)"
ends 503 "FAILED 4" 4
eventually "what fails is said" says "webhook: the last call was answered with 503"
ends 204 "SENT 1" 1
eventually "and that it is over" is_well notify

# ---- how many at once ----

account late 1000
service_stop notify         # all ten are due at once then, however long the orders take
for _ in {1..10}; do order late 10 >/dev/null; done
service_start notify
all_are_sent() { [[ $(sql notify "SELECT count(*) FROM notification WHERE status = 'SENT' AND customer_id = '$1'") == "$2" ]]; }
eventually "ten customers are told by a slow receiver" all_are_sent late 10
equal "three at a time, each once" "3 10" \
    "$(awk '$1 == "post" && $8 == "late" { n++; if ($5 > most) most = $5 } END { print most, n }' "$SET_DIR/receiver")"

# ---- a receiver that is away ----

service_stop notify
export WEBHOOK_MAX_TRIES=1000
service_start notify
receiver_kill
away=$(tell 204)
eventually "it is away" says "webhook: the last call failed: connection_failed"
receiver_start
eventually "it is back: the customer is told" is_closed "$away" REJECTED

# ---- killed between post and commit ----

hanging=$(tell hang-200)
eventually "a post has no answer yet" posted "$hanging" 1
service_kill notify
service_start notify
eventually "killed there, notify-svc posts again" is_told "$hanging" "SENT 1"
equal "under the same key" "2 $(id_of "$hanging")" "$(posts_of "$hanging" | wc -l) $(keys_of "$hanging")"

# Until a post was stopped that had no answer yet: on a busy machine the answer may come before.
stops_in_time() {
    stopped=$(tell late-200)
    until_true 30 posted "$stopped" 1 || fail "there is no post"
    kill -STOP "${PID[notify]}"
    [[ $(sql notify "SELECT status FROM notification WHERE order_id = '$stopped'") != PENDING ]] || return 0
    kill -CONT "${PID[notify]}"
    return 1
}
eventually "a post is under way, and notify-svc stands still" stops_in_time
eventually "the receiver has taken it" answered_late "$stopped"
service_kill notify
service_start notify
eventually "killed before it could store that, notify-svc posts again" is_told "$stopped" "SENT 1"
equal "under the same key" "2 $(id_of "$stopped")" "$(posts_of "$stopped" | wc -l) $(keys_of "$stopped")"

# ---- stopped ----

hanging=$(tell hang-200)
eventually "a post has no answer yet" posted "$hanging" 1
service_stop notify
equal "a clean stop does not wait for it" 0 "$EXIT_STATUS"
equal "it is PENDING still" PENDING "$(sql notify "SELECT status FROM notification WHERE order_id = '$hanging'")"

# ---- time-out, and what is left to another channel ----

service_start notify WEBHOOK_URL= NOTIFY_CHANNEL=console
eventually "what waits for an address is said" says "webhook: calls are pending, and no address is set to make them"
console=$(tell 500)
eventually "the console goes on" is_closed "$console" REJECTED
service_stop notify
service_start notify WEBHOOK_TIMEOUT_MS=200 NOTIFY_CHANNEL=console
eventually "with an address, what waited is posted" is_closed "$hanging" REJECTED
service_stop notify
service_start notify WEBHOOK_TIMEOUT_MS=200
for words in hang-200 late-200; do
    id=$(tell $words)
    eventually "$words: the time is up, it is posted again" is_closed "$id" REJECTED
    equal "$words: under the same key" "$(id_of "$id")" "$(keys_of "$id")"
    check "$words: twice at least" posted "$id" 2
done
service_stop notify

# ---- killed under load ----

export WEBHOOK_MAX_IN_FLIGHT=16
service_start notify
load_beside --seconds 3600 --rate 60 --seed "$SRANDOM" --history "$SET_DIR/history"
kills=0 begun=$SECONDS
while load_runs && ((SECONDS - begun < 6 || kills < 6)); do
    if ((kills % 5 == 4)); then receiver_kill && receiver_start; fi
    service_kill notify
    service_start notify
    kills=$((kills + 1))
    until_true 1 eval '(($(calls delivered) > 10)) || ! load_runs' || true
done
end_load
check "notify-svc was killed $kills times" test "$kills" -ge 6
audit --history "$SET_DIR/history"
sql notify "SELECT notification_id FROM notification WHERE status = 'SENT' AND channel = 'webhook'" | sort >"$SET_DIR/sent"
awk '$1 == "answer" { print $2 }' "$SET_DIR/receiver" | sort -u >"$SET_DIR/taken"
equal "whoever is SENT ($(wc -l <"$SET_DIR/sent")) was posted" "" "$(comm -23 "$SET_DIR/sent" "$SET_DIR/taken")"
equal "each is said once" "" "$(sql notify "SELECT subject FROM outbox GROUP BY subject, type, data ->> 'kind' HAVING count(*) > 1")"
