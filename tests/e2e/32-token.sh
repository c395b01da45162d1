#!/usr/bin/env bash
# Goal: with HTTP_TOKEN_FILE nothing but /healthz and /readyz is answered without its token: no state is shown, nothing is
# written, no turn is opened. With it all goes as ever: load, audit, demo. ctl needs none. A file that is no good token, or
# that others may read, stops the start with a clear message.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
file=$SET_DIR/token
(umask 077 && openssl rand -hex 32 >"$file")
token=$(<"$file")

# ---- files that are refused ----

# refuses WHAT PART: the start says PART, and nothing of what the file holds
refuses() {
    local said status=0
    said=$(env KAFKA_BROKERS=127.0.0.1:1 HTTP_PORT=0 DATA_DIR="$SET_DIR/none" HTTP_TOKEN_FILE="${BAD:-$SET_DIR/bad}" \
        timeout 60 "$BUILD/order-svc" 2>&1) || status=$?
    equal "$1: exit status" 1 "$status"
    contains "and why" "$2" "$said"
    equal "and not what is in it" "" "$(grep -o hunter2 <<<"$said" || true)"
}
bad() { (umask 077 && rm -f "$SET_DIR/bad" && printf '%b' "$1" >"$SET_DIR/bad"); }

BAD=$SET_DIR/missing refuses "a file that is not there" "cannot read $SET_DIR/missing: No such file or directory"
BAD=$SET_DIR refuses "a folder" "no plain file"
bad ''
refuses "an empty file" "is empty: write a token into it"
bad 'hunter2\nhunter3\n'
refuses "two lines" "a character at 8 that no token has"
bad 'hunter2\r\n'
refuses "a control character" "a character at 8 that no token has"
bad "$(printf 'hunter2%.0s' {1..100})"
refuses "a long one" "512 characters at most"
bad hunter2
chmod 644 "$SET_DIR/bad"
refuses "one that others may read" "is open to others: run chmod 600 $SET_DIR/bad, or mount it read-only"

# A secret as containers get it: mode 0444, owned by root, on a mount of its own that is read-only.
starts_on_mounted_secret() {
    chmod 444 "$SET_DIR/bad"
    # shellcheck disable=SC2016 # for the shell in there
    unshare --mount bash -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"' "$SET_DIR/bad" \
        env KAFKA_BROKERS=127.0.0.1:1 HTTP_PORT=0 DATA_DIR="$SET_DIR/mounted" HTTP_TOKEN_FILE="$SET_DIR/bad" \
        "$BUILD/order-svc" 2>"$SET_DIR/mounted.log" &
    BESIDE+=($!)
    eventually "a secret of mode 0444 on a read-only mount is taken" grep -q 'msg=started' "$SET_DIR/mounted.log"
}
if unshare --mount true 2>/dev/null; then starts_on_mounted_secret; else echo "  not seen: mounting needs root"; fi

# ---- without it ----

set_start HTTP_TOKEN_FILE="$file"
# denied WHAT STATUS CURL_ARGUMENT...: the problem, its header, and no more
at_order=0
denied() {
    local what=$1 answer
    shift
    [[ $* != *"$ORDER_URL"* ]] || at_order=$((at_order + 1))
    answer=$(curl -sS -i --max-time 10 "$@")
    [[ $answer == 'HTTP/1.1 401 Unauthorized'* && $answer == *$'\nWWW-Authenticate: Bearer\r'* ]] || fail "$what: $answer"
    [[ $answer == *'"type":"/problems/unauthorized"'* ]] || fail "$what: $answer"
    ok "401: $what"
}
for url in "$ORDER_URL/orders" "$ORDER_URL/orders/x" "$ORDER_URL/orders/x/timeline" "$ORDER_URL/openapi.yaml" "$ORDER_URL/metrics" \
    "$ORDER_URL/" "$ORDER_URL/no-such-path" "$ORDER_URL/healthz/" "$ORDER_URL/%68ealthz/../orders" "$PAYMENT_URL/accounts/alice" \
    "$PAYMENT_URL/payments/x" "$PAYMENT_URL/metrics" "$NOTIFY_URL/notifications?order_id=x" "$NOTIFY_URL/metrics"; do
    denied "GET ${url#http://*/}" --path-as-is "$url"
done
denied "POST of an order" --json "$(order_body alice 1)" "$ORDER_URL/orders"
denied "what is no JSON is not even read" --json '{' "$ORDER_URL/orders"
denied "PUT of an account" -X PUT --json '{"currency":"EUR"}' "$PAYMENT_URL/accounts/alice"
denied "a method that the path does not have" -X DELETE "$ORDER_URL/orders"
for wrong in "Bearer" "Bearer " "Bearer ${token}x" "Bearer ${token%?}" "Bearer ${token^^}x" "Basic $token" "$token" "Token $token"; do
    denied "Authorization: ${wrong/$token/TOKEN}" -H "Authorization: $wrong" "$ORDER_URL/orders"
done
denied "the right one twice" -H "Authorization: Bearer $token" -H "Authorization: Bearer $token" "$ORDER_URL/orders"
denied "in the query" "$ORDER_URL/orders?access_token=$token"
for name in order payment notify; do
    equal "/healthz and /readyz of $name-svc need none" "200 200" \
        "$(status_of "$(url_of "$name")/healthz") $(status_of "$(url_of "$name")/readyz")"
    eventually "$name-svc is well" is_well "$name"
    equal "ctl ready needs none" '{"status":"ready","degraded":[]}' "$(ctl "$name" ready)"
    contains "nor does ctl status" "$name-svc is well" "$(ctl "$name" status)"
done
equal "no order was taken, no account opened" "0 0" \
    "$(sql order "SELECT count(*) FROM orders") $(sql payment "SELECT count(*) FROM account")"

# ---- with it ----

equal "the scheme is of any case" 200 "$(status_of -H "Authorization: bEaReR  $token" "$ORDER_URL/openapi.yaml")"
use_token "$file"
equal "a metric counts who came without" "$at_order" "$(metric order http_requests_unauthorized_total)"
equal "no route has seen them" 0 "$(get "$ORDER_URL/metrics" | awk '/^http_requests_total.*status="4xx"/ { n += $2 } END { print n + 0 }')"
account alice 1000
id=$(order alice 10)
eventually "an order is PAID" is_closed "$id" PAID
equal "a path that there is not is 404 now" 404 "$(status_of "$ORDER_URL/no-such-path")"
if load --seconds 1 --clients 2 >"$SET_DIR/load.log" 2>&1; then fail "the load driver without the token is content"; fi
contains "the load driver without the token says so" "answers 401 to" "$(<"$SET_DIR/load.log")"
load_beside --seconds 2 --clients 4 --token-file "$file"
wait_for_load
audit

# ---- another token ----

(umask 077 && openssl rand -hex 32 >"$file")
equal "a file that was changed counts at the next start" 200 "$(status_of "$ORDER_URL/orders")"
service_stop order
service_start order HTTP_TOKEN_FILE="$file"
equal "then the old token is none" 401 "$(status_of "$ORDER_URL/orders")"
forget_token
use_token "$file"
equal "and the new one is" 200 "$(status_of "$ORDER_URL/orders")"
forget_token

# ---- the demo ----

HTTP_TOKEN_FILE=$file STAY=0 SET_DIR='' "$ROOT/deploy/demo" >"$SET_DIR/demo.log" 2>&1 || fail "the demo with a token: $(tail -n 5 "$SET_DIR/demo.log")"
contains "the demo goes as said with a token" "All went as said" "$(<"$SET_DIR/demo.log")"
equal "and its services wanted it, and nobody has logged it" "" "$(grep -rlF "$(<"$file")" "$SET_DIR"/*.log || true)"
