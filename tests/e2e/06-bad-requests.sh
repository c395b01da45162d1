#!/usr/bin/env bash
# Goal: whatever comes through a socket, a bad request is answered by a problem that names what is wrong, writes nothing,
# and costs the service neither its memory nor the service of others.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
trap '' PIPE        # a service may close before all was said
set_new
broker_start
service_start order HTTP_REQUEST_TIMEOUT_MS=2000
service_start payment
service_start notify
account alice 10000
KEY=used post "$PAYMENT_URL/accounts/alice/deposits" '{"amount":1,"currency":"EUR"}' >/dev/null
KEY=used post "$ORDER_URL/orders" "$(order_body alice 100)" >/dev/null
first=$(sql order "SELECT order_id FROM orders")
eventually "a good order is PAID" is_closed "$first" PAID
eventually "nothing is under way" nothing_pending

# Each table of a service with its number of rows.
row_counts() {
    local each
    each=$(sql "$1" "SELECT group_concat('SELECT ''' || name || ''', count(*) FROM ' || name, ' UNION ALL ')
                       FROM sqlite_schema WHERE type = 'table'")
    sql "$1" "$each"
}
all_rows() { local name; for name in order payment notify; do row_counts "$name"; done; }
before=$(all_rows)

# ---- helpers ----

# problem WHAT "STATUS TYPE FIELD" "STATUS CONTENT-TYPE" BODY: FIELD is - where the problem has none
problem() {
    local type=- field=-
    [[ $4 =~ \"type\":\"/problems/([a-z-]+)\" ]] && type=${BASH_REMATCH[1]}
    [[ $4 =~ \"field\":\"([^\"]*)\" ]] && field=${BASH_REMATCH[1]}
    [[ $3 == *" application/problem+json" ]] || fail "$1: not a problem: $3 ${4:0:200}"
    equal "$1: $2" "$2" "${3%% *} $type $field"
}

# refused WHAT "STATUS TYPE FIELD" URL [CURL-ARGUMENT...]
refused() {
    local what=$1 wanted=$2 answer
    shift 2
    answer=$(get -w '\n%{http_code} %{content_type}' "$@")
    problem "$what" "$wanted" "${answer##*$'\n'}" "$answer"
}

# bad_order "STATUS TYPE FIELD" BODY
bad_order() { refused "order ${2:0:100}" "$1" "$ORDER_URL/orders" --json "$2"; }
bad_deposit() {
    refused "deposit ${2:0:100}" "$1" "$PAYMENT_URL/accounts/${3:-alice}/deposits" -H "Idempotency-Key: $(new_key)" --json "$2"
}
with_item() { printf '{"customer_id":"alice","currency":"EUR","items":[%s]}' "$1"; }

# raw SERVICE: standard input as it is through a socket, and what comes back until the service closes it
raw() {
    local fd
    exec {fd}<>"/dev/tcp/127.0.0.1/${PORT[$1]}"
    { cat >&"$fd" || true; } 2>/dev/null
    { timeout 10 cat <&"$fd" || true; } 2>/dev/null
    exec {fd}>&-
}

# raw_refused WHAT "STATUS TYPE FIELD": standard input is what order-svc gets
raw_refused() {
    local answer status type
    answer=$(raw order | tr -d '\r')
    status=$(sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' <<<"$answer")
    type=$(sed -n 's/^Content-Type: //p' <<<"$answer")
    problem "$1" "$2" "$status $type" "$answer"
}

# ---- no JSON, or none that we read ----

long=$(printf 'x%.0s' {1..65})
for body in '{' '' '[]' 'null' '5' '"alice"' '{"customer_id":"alice",}' "{customer_id:'alice'}" "$(printf '[%.0s' {1..2000})" \
    "$(with_item '{"sku":"b\u0000ok","quantity":1,"unit_price":1}')"; do
    bad_order "400 malformed-json -" "$body"
done
printf '{"customer_id":"al\xffice","currency":"EUR","items":[]}' >"$SET_DIR/body"
refused "a byte that is no UTF-8" "400 malformed-json -" "$ORDER_URL/orders" --json "@$SET_DIR/body"
printf '{"customer_id":"al\0ice","currency":"EUR","items":[]}' >"$SET_DIR/body"
refused "a NUL byte" "400 malformed-json -" "$ORDER_URL/orders" --json "@$SET_DIR/body"
refused "another media type" "415 unsupported-media-type -" "$ORDER_URL/orders" -H 'Content-Type: text/plain' -d "$(order_body alice 1)"

# ---- fields ----

for customer in '"'"$long"'"' '""' 5 null true '["alice"]' '"al ice"' '"al\ud800ice"'; do
    bad_order "422 invalid-field customer_id" "{\"customer_id\":$customer,\"currency\":\"EUR\",\"items\":[]}"
done
bad_order "422 invalid-field customer_id" '{"currency":"EUR","items":[{"sku":"a","quantity":1,"unit_price":1}]}'
bad_order "422 invalid-field customer_id" '{"customer_id":"a","customer_id":"b","currency":"EUR","items":[]}'
for currency in '"eur"' '"EURO"' '"EU"' '"€UR"' 978 null; do
    bad_order "422 invalid-field currency" "{\"customer_id\":\"alice\",\"currency\":$currency,\"items\":[]}"
done
for items in '[]' '{}' '"book"' null "[$(printf '5,%.0s' {1..100})5]"; do
    bad_order "422 invalid-field items" "{\"customer_id\":\"alice\",\"currency\":\"EUR\",\"items\":$items}"
done
bad_order "422 invalid-field items[0]" "$(with_item 5)"
bad_order "422 invalid-field items[0].sku" "$(with_item '{"sku":"'"$long"'","quantity":1,"unit_price":1}')"
bad_order "422 invalid-field items[0].sku" "$(with_item '{"quantity":1,"unit_price":1}')"
numbers=(0 -1 9223372036854775807 9223372036854775808 1e3 1.0 true '"5"' null '[1]')
for number in "${numbers[@]}"; do
    bad_order "422 invalid-field items[0].quantity" "$(with_item '{"sku":"a","quantity":'"$number"',"unit_price":1}')"
    bad_order "422 invalid-field items[0].unit_price" "$(with_item '{"sku":"a","quantity":1,"unit_price":'"$number"'}')"
    bad_deposit "422 invalid-field amount" "{\"amount\":$number,\"currency\":\"EUR\"}"
done
bad_order "422 invalid-field items[1].unit_price" \
    "$(with_item '{"sku":"a","quantity":1,"unit_price":1},{"sku":"b","quantity":1,"unit_price":-1}')"
bad_order "422 invalid-field items" "$(with_item '{"sku":"a","quantity":2,"unit_price":9007199254740991}')"
bad_deposit "409 conflict currency" '{"amount":1,"currency":"USD"}'
bad_deposit "409 conflict amount" '{"amount":9007199254740991,"currency":"EUR"}'
bad_deposit "404 not-found -" '{"amount":1,"currency":"EUR"}' nobody
refused "an account of 65 letters" "422 invalid-field customer_id" "$PAYMENT_URL/accounts/$long" -X PUT --json '{"currency":"EUR"}'
refused "an account in another currency" "409 conflict currency" "$PAYMENT_URL/accounts/alice" -X PUT --json '{"currency":"USD"}'
refused "orders of a status that is none" "422 invalid-field status" "$ORDER_URL/orders?status=LOST"
refused "notifications of no order" "422 invalid-field order_id" "$NOTIFY_URL/notifications"

# ---- keys, paths, methods, sizes ----

refused "a deposit without a key" "400 key-required -" "$PAYMENT_URL/accounts/alice/deposits" --json '{"amount":1,"currency":"EUR"}'
refused "a deposit's key with another body" "422 key-reused -" "$PAYMENT_URL/accounts/alice/deposits" \
    -H 'Idempotency-Key: used' --json '{"amount":2,"currency":"EUR"}'
refused "an order's key with another body" "422 key-reused -" "$ORDER_URL/orders" -H 'Idempotency-Key: used' --json "$(order_body alice 101)"
refused "a key of 256 characters" "400 malformed-request -" "$ORDER_URL/orders" \
    -H "Idempotency-Key: $(printf 'k%.0s' {1..256})" --json "$(order_body alice 1)"
refused "two keys" "400 malformed-request -" "$ORDER_URL/orders" -H 'Idempotency-Key: a' -H 'Idempotency-Key: b' \
    --json "$(order_body alice 1)"
for path in / /order /orders/ /orders/x/y /orders/nobody/timeline; do
    refused "path $path" "404 not-found -" "$ORDER_URL$path"
done
refused "a path with %zz" "400 malformed-request -" "$ORDER_URL/orders/%zz"
for method in DELETE PUT PATCH OPTIONS; do
    refused "$method /orders" "405 method-not-allowed -" "$ORDER_URL/orders" -X "$method"
done
contains "405 says what the path allows" "Allow: POST, GET" "$(get -D - -o /dev/null -X DELETE "$ORDER_URL/orders")"
{ order_body alice 1; printf '%*s' 66000 ''; } >"$SET_DIR/body"
refused "a body of more than 64 KB" "413 body-too-large -" "$ORDER_URL/orders" --json "@$SET_DIR/body"
printf '%*s' 1000000 '' >"$SET_DIR/body"
equal "a body of 1 MB" 413 "$(status_of -H Expect: --json "@$SET_DIR/body" "$ORDER_URL/orders")"

# ---- below what curl can say ----

good=$(order_body alice 100)
lines() { printf '%s\r\n' "$@"; }
lines 'POST /orders HTTP/1.1' "Content-Length: ${#good}" '' "$good" | raw_refused "no Host" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' 'Host: b' "Content-Length: ${#good}" '' "$good" |
    raw_refused "two Hosts" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' "Content-Length: ${#good}" 'Content-Length: 2' '' "$good" |
    raw_refused "two lengths" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' "Content-Length: ${#good}" "Content-Length: ${#good}" '' "$good" |
    raw_refused "the same length twice" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' 'Transfer-Encoding: chunked' '' "$(printf %x ${#good})" "$good" 0 '' |
    raw_refused "chunked" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' "Content-Length: +${#good}" '' "$good" |
    raw_refused "a length that is no plain number" "400 malformed-request -"
lines 'POST /orders HTTP/1.1' 'Host: a' 'Transfer-Encoding: chunked' 'Content-Length: 2' '' \
    "$(printf %x ${#good})" "$good" 0 '' | raw_refused "chunked and with a length" "400 malformed-request -"
for line in 'POST /orders HTTP/9.9' 'GET /orders' $'\x16\x03\x01' 'PRI * HTTP/2.0'; do
    lines "$line" 'Host: a' "Content-Length: ${#good}" '' "$good" |
        raw_refused "first line '${line//[^ -~]/?}'" "400 malformed-request -"
done
# The answer to who still sends may be lost with the connection.
is_refused() { [[ -z $answer || $answer == "HTTP/1."?" 4"* ]]; }
{ lines 'GET /orders HTTP/1.1' 'Host: a'; for ((i = 0; i < 20000; i++)); do lines "X-Bomb-$i: xxxxxxxxxxxxxxxxxxxx"; done; } >"$SET_DIR/body"
answer=$(raw order <"$SET_DIR/body")
check "600 KB of headers are refused" is_refused
{ lines 'GET /orders HTTP/1.1' 'Host: a'; printf 'X-Bomb: %*s' 1000000 ''; } >"$SET_DIR/body"
answer=$(raw order <"$SET_DIR/body")
check "one header of 1 MB is refused" is_refused

exec {half}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
printf 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n{"customer_id"' >&"$half"
exec {half}>&-
ok "half a request, then the client leaves"

# One byte each 100 ms: no pause is long, the whole is.
begun=$EPOCHREALTIME answer=''
exec {slow}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
printf 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n' >&"$slow"
while [[ -z $answer ]] && ((${EPOCHREALTIME/./} - ${begun/./} < 15000000)); do
    { printf x >&"$slow" || true; } 2>/dev/null
    if read -rt 0.1 -u "$slow" answer; then answer+=$'\n'; fi      # what has come may end within a line
done
answer+=$(timeout 5 cat <&"$slow")
answer=${answer//$'\r'/}
exec {slow}>&-
contains "a slow request gets 408" "408" "${answer%%$'\n'*}"
contains "which is a problem" '"type":"/problems/request-timeout"' "$answer"

# ---- afterwards ----

equal "nothing was written anywhere" "$before" "$(all_rows)"
kilobytes=$(awk '/^VmRSS/ { print $2 }' "/proc/${PID[order]}/status")
is_instrumented || check "order-svc has $kilobytes KB of memory, less than 96 MB" test "$kilobytes" -lt 98304
again=$(order alice 200)
eventually "a good order is PAID as before" is_closed "$again" PAID

# ---- the cap on connections ----

service_stop order
service_start order HTTP_MAX_CONNECTIONS=8
declare -a held=()
for ((i = 0; i < 8; i++)); do
    exec {fd}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
    held+=("$fd")
done
ask='GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'
for fd in "${held[@]}"; do
    printf '%b' "$ask" >&"$fd"
    read -rt 10 -u "$fd" answer
    [[ $answer == *" 200 "* ]] || fail "one of 8 connections is not served: $answer"
done
ok "8 connections are served"
exec {ninth}<>"/dev/tcp/127.0.0.1/${PORT[order]}"
printf '%b' "$ask" >&"$ninth"
if read -rt 0.5 -u "$ninth" answer; then fail "the 9th was served: $answer"; fi
ok "the 9th waits"
fd=${held[0]}
exec {fd}>&-
read -rt 10 -u "$ninth" answer || fail "the 9th is not served when one has left"
contains "it is served when one has left" " 200 " "$answer"
exec {ninth}>&-
for fd in "${held[@]:1}"; do exec {fd}>&-; done
third=$(order alice 300)
eventually "orders are taken again" is_closed "$third" PAID
audit
