#!/usr/bin/env bash
# Goal: `make load` plays against what runs, or against a set of its own, which it audits and leaves to `make audit`; a flow that is
# not there is named.
. "$(dirname "$0")/lib.sh"
set_new
# What the commands leave goes to this test's folder.
mkdir -p "$SET_DIR/build"
for program in "$BUILD"/{load,audit,order-svc,payment-svc,notify-svc,devbroker}; do ln -s "$program" "$SET_DIR/build"; done
clean_of_ours() { env -u ORDER_URL -u PAYMENT_URL -u NOTIFY_URL -u SET_DIR BUILD="$SET_DIR/build" "$@"; }

try() {
    STATUS=0
    OUT=$("$@" 2>&1) || STATUS=$?
}

try clean_of_ours env LOAD_FLOW=none "$ROOT/tests/load/run"
equal "a flow that is not there" 2 "$STATUS"
contains "says which there are" "mixed" "$OUT"

set_start
try clean_of_ours env ORDER_URL="$ORDER_URL" PAYMENT_URL="$PAYMENT_URL" NOTIFY_URL="$NOTIFY_URL" LOAD_RATE=50 LOAD_SECONDS=2 \
    "$ROOT/tests/load/run"
equal "against what runs" 0 "$STATUS"
contains "the report is named" "$SET_DIR/build/load.html" "$OUT"
check "and there" test -s "$SET_DIR/build/load.html"
eventually "all was taken" nothing_pending
try clean_of_ours env DATA="$SET_DIR" BROKERS="$BROKERS" AUDIT_FLAGS=--live "$ROOT/tests/audit/run"
equal "the auditor finds nothing, topics included" 0 "$STATUS"
echo "  ${OUT##*$'\n'}"

try clean_of_ours env LOAD_SET=own LOAD_RATE=50 LOAD_SECONDS=2 "$ROOT/tests/load/run"
equal "against a set of its own" 0 "$STATUS"
contains "which is audited" "AUDIT CLEAN" "$OUT"
try clean_of_ours env DATA="$SET_DIR/build/set" "$ROOT/tests/audit/run"
equal "and audited again" 0 "$STATUS"
