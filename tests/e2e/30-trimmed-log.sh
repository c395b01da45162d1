#!/usr/bin/env bash
# Goal: a log that was trimmed beyond our position has lost what we never read: the partition stops and names the command that
# decides. The speaker says what it keeps once more, the position is reset, and nothing is lost.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
skip_unless kafka "the embedded broker cannot delete records"
set_new
set_start
account alice 100000
get -o /dev/null --json "$(order_body alice 10)" "$ORDER_URL/orders?n=[1-12]"
eventually "12 orders are PAID" nothing_pending

service_stop payment
lost=$(order alice 10)
has_said() { [[ $(sql order "SELECT count(*) FROM v_outbox WHERE state = 'PENDING'") == 0 ]]; }
eventually "one more is said, and payment-svc is not there" has_said
partition=$(sql order "SELECT partition FROM orders WHERE order_id = '$lost'")
echo "{\"partitions\":[{\"topic\":\"orders\",\"partition\":$partition,\"offset\":-1}],\"version\":1}" >"$SET_DIR/trim.json"
"$ROOT/deploy/kafka/tool" delete-records --bootstrap-server "$BROKERS" --offset-json-file "$SET_DIR/trim.json" >>"$SET_DIR/broker.log" 2>&1
service_start payment
stops() { [[ $(degraded payment) == *"orders/$partition: "* ]]; }
eventually "the partition is stopped" stops
equal "payment-svc accepts requests all the same" 200 "$(status_of "$PAYMENT_URL/readyz")"
try_ctl payment status
contains "ctl status names the command" "consumer reset orders $partition" "$OUT"
other=$(order alice 10)
until [[ $(sql order "SELECT partition FROM orders WHERE order_id = '$other'") != "$partition" ]]; do other=$(order alice 10); done
eventually "other partitions go on" is_closed "$other" PAID
equal "the lost one is as it was" CREATED "$(status "$lost")"

seq=$(sql order "SELECT created_seq FROM orders WHERE order_id = '$lost'")
check "order-svc says once more what it keeps" ctl order outbox republish --from "$seq" --why "the log was trimmed"
check "payment-svc reads what there is" ctl payment consumer reset orders "$partition" --to earliest --why "the log was trimmed"
eventually "the order is PAID" is_closed "$lost" PAID
eventually "payment-svc is well" is_well payment
audit
