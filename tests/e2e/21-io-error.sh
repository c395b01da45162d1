#!/usr/bin/env bash
# Goal: an I/O error at COMMIT ends the process, saying that the outcome is unknown; it is started again, its database is
# checked, and nothing is lost or doubled. A clean stop needs no check; a damaged database is refused. What an
# idle service wrote has been moved from the log into the database file.
#
# The error is a real one: with a limit on the size of its files, write(2) to the log fails (EFBIG).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
trap '' XFSZ        # the services inherit it: without it the signal would end them, not the error
set_start
trap - XFSZ
account alice 1000000

logged() { grep -c "$2" "$SET_DIR/$1.log" || true; }
bytes() { stat -c %s "$SET_DIR/$1-svc/$1-svc.db$2"; }

# ---- I/O errors ----

# breaks NAME: lets its log grow by 50 KB at most
breaks() {
    local name=$1
    prlimit --pid "${PID[$name]}" --fsize=$(($(bytes "$name" -wal) + 50000)):
    eventually "the log of $name-svc cannot grow: the process ends" has_ended "$name"
    reap "$name"
    equal "with exit status 1" 1 "$EXIT_STATUS"
    contains "and says why, what is not known and what to do" \
        'msg="the database cannot be trusted any more, whether the last commit holds is unknown: start again" error="disk I/O error (778) in: COMMIT"' \
        "$(tail -n 1 "$SET_DIR/$name.log")"
    local lines
    lines=$(wc -l <"$SET_DIR/$name.log")
    service_start "$name"
    contains "it is started again: its database is checked" 'msg="the last end was not clean: the database is being checked"' \
        "$(tail -n "+$((lines + 1))" "$SET_DIR/$name.log" | head -n 6)"
    contains "and whole" 'msg="the database is whole" ms=' "$(tail -n "+$((lines + 1))" "$SET_DIR/$name.log" | head -n 6)"
}
accepted() { metric order 'http_requests_total{method="POST",route="/orders",status="2xx"}'; }
load_beside --seconds 120 --clients 12 --seed "$SRANDOM" --history "$SET_DIR/history"
eventually "orders come" eval '(($(accepted) > 20))'
breaks order
eventually "orders come again" eval '(($(accepted) > 20))'
breaks payment
breaks notify
end_load
audit --history "$SET_DIR/history"

# ---- the log, when idle and after a clean stop ----

# alone STATEMENT: on the database file of order-svc without its log
alone() {
    cp "$SET_DIR/order-svc/order-svc.db" "$SET_DIR/alone.db"
    sqlite3 "file:$SET_DIR/alone.db?immutable=1" "$1" 2>/dev/null
}
closed=$(sql order "SELECT count(*) FROM orders WHERE closed_at IS NOT NULL")
has_all() { [[ $(alone "SELECT count(*) FROM orders WHERE closed_at IS NOT NULL") == "$closed" ]]; }
eventually "order-svc is idle: the database file alone has all $closed orders" has_all
checks=$(logged order "is being checked")
service_stop order
service_start order
equal "after a clean stop nothing is checked" "$checks" "$(logged order "is being checked")"

# ---- damage ----

eventually "an order is PAID" is_closed "$(order alice 1)" PAID
is_marked() { [[ $(alone "SELECT in_use FROM meta") == 1 ]]; }
eventually "order-svc is idle: the file alone says that it is in use" is_marked
service_kill order
rm "$SET_DIR"/order-svc/order-svc.db-*
page=$(alone "SELECT rootpage FROM sqlite_schema WHERE name = 'order_history_of'")
printf 'rubbish%.0s' {1..50} | dd of="$SET_DIR/order-svc/order-svc.db" bs=4096 seek=$((page - 1)) conv=notrunc status=none
STATUS=0
SAID=$(env DATA_DIR="$SET_DIR/order-svc" HTTP_PORT=0 KAFKA_BROKERS="$BROKERS" timeout 60 "$BUILD/order-svc" 2>&1) || STATUS=$?
equal "a page of the database is rubbish: order-svc does not start" 1 "$STATUS"
contains "it says what is damaged" 'msg="cannot start" error="the database is damaged: ' "$SAID"
contains "and what to do" 'restore a backup' "$SAID"
