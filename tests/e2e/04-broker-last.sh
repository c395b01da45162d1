#!/usr/bin/env bash
# Goal: services that are started before any broker accept orders; they go out when one comes.
. "$(dirname "$0")/lib.sh"
set_new
for name in order payment notify; do service_start "$name"; done
account alice 100000
ids=()
for ((i = 0; i < 20; i++)); do ids+=("$(order alice 100)"); done
contains "the service is ready, and says what is missing" "broker" "$(degraded order)"
equal "it accepts writes" 200 "$(status_of "$ORDER_URL/readyz")"
equal "the orders wait in the outbox" 20 "$(metric order outbox_pending)"
broker_start
for id in "${ids[@]}"; do until_true 60 is_closed "$id" PAID || fail "order $id should be PAID"; done
ok "all of them are PAID"
eventually "nothing is degraded" is_well order
audit
