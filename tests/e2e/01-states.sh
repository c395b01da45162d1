#!/usr/bin/env bash
# Goal: every state of an order is reached, with the money and the notifications that belong to it.
. "$(dirname "$0")/lib.sh"
set_new
broker_start
service_start order
service_start payment
service_start notify

account alice 10000
account bob 0
account carol 10000 USD

paid=$(order alice 1000)
eventually "an order is PAID and closed" is_closed "$paid" PAID
equal "the customer was told" "paid" "$(kinds_told "$paid")"
equal "the money was taken" 9000 "$(balance alice)"

for case in "bob insufficient_funds" "nobody unknown_account" "carol currency_mismatch"; do
    read -r customer reason <<<"$case"
    id=$(order "$customer" 500)
    eventually "$reason: the order is REJECTED and closed" is_closed "$id" REJECTED
    contains "$reason is the reason" "\"reason\":\"$reason\"" "$(get "$ORDER_URL/orders/$id")"
    equal "$reason: the customer was told" "rejected" "$(kinds_told "$id")"
done

service_stop payment
refunded=$(order alice 2000)
contains "an unpaid order is cancelled" CANCELLED "$(cancel "$refunded")"
service_start payment
eventually "charged late, it is REFUNDED" is_closed "$refunded" REFUNDED
eventually "the customer was told both" eval '[[ $(kinds_told "$refunded") == "cancelled refunded" ]]'

after=$(order alice 3000)
eventually "another is PAID" is_closed "$after" PAID
contains "and cancelled" CANCELLED "$(cancel "$after")"
contains "cancelling it again answers the same" '"reason":"customer"' "$(cancel "$after")"
eventually "then REFUNDED" is_closed "$after" REFUNDED
equal "no money is lost" 9000 "$(balance alice)"

voided=$(order bob 700)
eventually "a declined order" is_closed "$voided" REJECTED
equal "cannot be cancelled" 409 "$(status_of --json '{}' "$ORDER_URL/orders/$voided/cancellation")"

service_stop payment
service_stop order
service_start order PAY_WITHIN=2
expired=$(order alice 4000)
eventually "an order that is not paid in time is CANCELLED" is_status "$expired" CANCELLED
contains "because it expired" '"reason":"expired"' "$(get "$ORDER_URL/orders/$expired")"
service_start payment
eventually "what comes late is declined, then voided" is_closed "$expired" CANCELLED
equal "nothing was charged" 9000 "$(balance alice)"
equal "the payment is VOIDED" VOIDED "$(sql payment "SELECT status FROM payment WHERE order_id = '$expired'")"
audit
