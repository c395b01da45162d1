#!/usr/bin/env bash
# Goal: whoever misuses connections, by the hundred and without end, costs order-svc a bounded amount of memory; others are
# served meanwhile, and at once when the attack is over; not one order is lost or doubled.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
limits=(HTTP_REQUEST_TIMEOUT_MS=1000 HTTP_IDLE_TIMEOUT_MS=2000)
broker_start
service_start order "${limits[@]}"
service_start payment
service_start notify
account alice 1000000
account mallory 1000
load --orders 1500 --clients 16 --seed "$SRANDOM" >"$SET_DIR/load.log"       # a stream that no socket takes at once

# What has come of a connection (8 KB of headers, 64 KB of body), the same as a request, and 16 KB for each half; 8 MB for
# what malloc keeps. A stream may have 256 KB and a page of 500 rows waiting.
readonly CONNECTIONS=100 CONNECTION_KB=$((2 * (8 + 64 + 16))) STREAM_KB=$((256 + 256)) SLACK_KB=8192

# ---- helpers ----

# memory FIELD: VmRSS, or VmHWM, the most there was since forget_peak; in KB
memory() { awk -v field="$1:" '$1 == field { print $2 }' "/proc/${PID[order]}/status"; }
forget_peak() { echo 5 >"/proc/${PID[order]}/clear_refs"; }

attack() {
    "$BUILD/hostile" "$1" "${PORT[order]}" "$2" >"$SET_DIR/hostile" 2>&1 &
    HOSTILE=$!
    BESIDE+=("$HOSTILE")
    until_true 20 grep -q ready "$SET_DIR/hostile" || fail "$1 does not begin: $(<"$SET_DIR/hostile")"
}

# Ends the attack; TALLY has its counts by name, and by status of the answers, which are in ANSWERS.
declare -A TALLY
end_attack() {
    local words i
    kill "$HOSTILE"
    wait "$HOSTILE" || fail "the attacker: $(<"$SET_DIR/hostile")"
    read -ra words < <(tail -n 1 "$SET_DIR/hostile")
    TALLY=() ANSWERS=
    for ((i = 0; i < ${#words[@]}; i += 2)); do
        TALLY[${words[i]}]=${words[i + 1]}
        ((i < 8)) || ANSWERS+="${ANSWERS:+ }${words[i]}"
    done
}

# place N: so many orders by connections of their own; SLOWEST in ms
PLACED=0
place() {
    local i status seconds ms
    SLOWEST=0
    for ((i = 0; i < $1; i++)); do
        read -r status seconds < <(curl -sS --max-time 30 -o "$SET_DIR/answer" -w '%{http_code} %{time_total}\n' \
            -H "Idempotency-Key: $(new_key)" --json "$(order_body alice 1)" "$ORDER_URL/orders")
        [[ $status == 201 ]] || fail "a good order is answered with $status: $(<"$SET_DIR/answer")"
        PLACED=$((PLACED + 1)) ms=${seconds/./} ms=$((10#$ms / 1000))
        ((ms <= SLOWEST)) || SLOWEST=$ms
    done
}

# within MS WHAT: of the orders placed last
within() { is_instrumented || check "$2: the slowest of them in $SLOWEST ms" test "$SLOWEST" -le "$1"; }

# withstands NAME CONNECTIONS KB "STATUS..." COMMAND...: the attack goes on until others had their orders and the command is
# true; KB is what a connection may take; no answer has another status than these.
withstands() {
    local name=$1 connections=$2 bound=$(($2 * $3 + SLACK_KB)) statuses=$4 before more status
    shift 4
    before=$(memory VmRSS)
    forget_peak
    attack "$name" "$connections"
    place 5
    within 5000 "$name: others are served"
    until_true 20 "$@" || fail "$name: in vain: $*"
    more=$(($(memory VmHWM) - before))
    end_attack
    echo "      $(tail -n 1 "$SET_DIR/hostile")"
    is_instrumented || check "$name: $more KB more, at most $bound" test "$more" -le "$bound"
    for status in $ANSWERS; do [[ " $statuses " == *" $status "* ]] || fail "$name: an answer has status $status"; done
    ok "$name: is answered with ${ANSWERS:-nothing}"
    place 3
    within 1000 "$name: and at once when it is over"
    until_true 5 is_left_alone || fail "$name: connections are left: $(metric order http_connections)"
}

is_left_alone() { (($(metric order http_connections) <= 1)); }       # the one that asks
malformed() { metric order http_requests_malformed_total; }
timed_out() { metric order http_requests_timed_out_total; }
asked() { metric order 'http_requests_total{method="GET",route="/orders/{id}",status="4xx"}'; }
accepted() { metric order http_connections_accepted_total; }
refused() { echo $(($(malformed) + $(timed_out))); }
# more_than NUMBER COMMAND
more_than() { (($("$2") > $1)); }
# risen COMMAND: the number that it will be when it has risen by twice the attackers
risen() { echo $(($("$1") + 2 * CONNECTIONS)); }

# ---- too slow, too much, or no requests at all ----

for name in slow-header slow-body; do
    withstands "$name" "$CONNECTIONS" "$CONNECTION_KB" "408" more_than "$(risen timed_out)" timed_out
done
# What is too large is read and dropped until its time is over: who still sends would not see an earlier answer.
withstands body "$CONNECTIONS" "$CONNECTION_KB" "408 413" more_than "$(risen timed_out)" timed_out
for name in headers header two-lengths noise; do
    withstands "$name" "$CONNECTIONS" "$CONNECTION_KB" "400" more_than "$(risen malformed)" malformed
done
for name in chunks one-chunk; do
    withstands "$name" "$CONNECTIONS" "$CONNECTION_KB" "400 408 413" more_than "$(risen refused)" refused
done

# A body without a length is no body, and then the begin of a request that does not end.
withstands no-length "$CONNECTIONS" "$CONNECTION_KB" "400 408" more_than "$(risen accepted)" accepted

# ---- halves ----

withstands half-closed "$CONNECTIONS" "$CONNECTION_KB" "404" more_than "$(risen asked)" asked
check "each has its answer all the same" test "${TALLY[404]}" -ge "${TALLY[ended]}"
withstands half-request "$CONNECTIONS" "$CONNECTION_KB" "" more_than "$(risen accepted)" accepted

# ---- requests without end ----

withstands pipeline "$CONNECTIONS" "$CONNECTION_KB" "404" more_than "$(risen asked)" asked
withstands deaf-pipeline "$CONNECTIONS" "$CONNECTION_KB" "" more_than "$(risen asked)" asked
withstands one-key "$CONNECTIONS" "$CONNECTION_KB" "201" more_than "$(risen accepted)" accepted
equal "the ${TALLY[201]} requests under one key made one order" 1 "$(sql order "SELECT count(*) FROM orders WHERE customer_id = 'mallory'")"

# ---- streams that nobody reads ----

sent() { metric order feed_rows_sent_total; }
sent_before=$(sent)
# A hundred may read, and each has had its first page.
are_cut() { (($(sent) >= sent_before + 100 * 500 && $(metric order feed_readers) == 0)); }
withstands deaf-stream $((CONNECTIONS + 20)) "$STREAM_KB" "" are_cut

# ---- all places taken ----

service_stop order
service_start order "${limits[@]}" HTTP_MAX_CONNECTIONS=32
for name in silent slow-header; do
    attack "$name" "$CONNECTIONS"
    place 2
    within 20000 "$name, three for each place: who waits comes in"
    end_attack
    place 2
    within 2000 "and sooner when they have gone"
done

# ---- no descriptors left ----

service_stop order
most=$(ulimit -Sn)
ulimit -Sn 64
service_start order HTTP_IDLE_TIMEOUT_MS=30000       # a tenth of it, while there are none
ulimit -Sn "$most"
used() { awk '{ print $14 + $15 }' "/proc/${PID[order]}/stat"; }      # processor time, in hundredths of a second
begun=${EPOCHREALTIME/./} used=$(used)
exec {kept}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
# ask METHOD PATH BODY: by the connection that was there before; the status
ask() {
    local line length=0 status
    printf '%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" ${#3} "$3" >&"$kept"
    read -rt 10 -u "$kept" line
    read -r _ status _ <<<"$line"
    while read -rt 10 -u "$kept" line && [[ $line != $'\r' ]]; do
        [[ $line != Content-Length:* ]] || { line=${line#*: } length=${line%$'\r'}; }
    done
    read -rt 10 -N "$length" -u "$kept" line
    echo "$status"
}
equal "a client is served" 200 "$(ask GET /healthz '')"
attack silent 60
says() { grep -q 'cannot accept connections' "$SET_DIR/order.log"; }
eventually "order-svc has no descriptors left, and says so" says
for ((i = 0; i < 20; i++)); do
    [[ $(ask POST /orders "$(order_body alice 1)") == 201 ]] || fail "an order is not taken from who is connected already"
done
PLACED=$((PLACED + 20))
ok "who is connected already is served"
place 1
within 20000 "who is not comes in when another leaves"
end_attack
place 3
within 2000 "and at once when all have gone"
exec {kept}>&-
check "it rests meanwhile: $(($(used) - used)) hundredths of a second of $(((${EPOCHREALTIME/./} - begun) / 10000))" \
    test $((($(used) - used) * 10000 * 2)) -lt $((${EPOCHREALTIME/./} - begun))
check "and says so $(grep -c 'cannot accept' "$SET_DIR/order.log") times" \
    test "$(grep -c 'cannot accept' "$SET_DIR/order.log")" -le 10

# ---- afterwards ----

eventually "nothing is pending" nothing_pending
equal "all orders of others are there, and paid" "$PLACED" \
    "$(sql order "SELECT count(*) FROM orders WHERE customer_id = 'alice' AND status = 'PAID'")"
audit
