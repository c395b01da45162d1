#!/usr/bin/env bash
# Goal: what each older version left behind is taken over: databases of a set that was killed in the midst of its work, and
# the events as they were on its topics (tests/fixtures). Every order ends, nothing is lost or doubled, what was set aside
# is there still. Then all events come again: nothing changes. The last one once more, with events as a newer version may say
# them: with fields and headers that nobody here knows.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
names=(order payment notify)
current=$("$BUILD/order-svc" --version | sed -n 's/.* schema \([0-9]*\),.*/\1/p')
# Fixtures get older than a day: nothing of theirs is to be forgotten during the test.
export OUTBOX_RETENTION_S=31536000 PROCESSED_EVENT_RETENTION_S=31536000 IDEMPOTENCY_RETENTION_S=31536000

# ---- the events, a line each: records.c says how ----

as_they_were() { cat; }
as_a_newer_version_says_them() {
    awk -F '\t' -v OFS='\t' '{ sub(/^{"/, "{\"newer\":{\"list\":[1,null,\"x\"]},\"", $4); sub(/ce_dataversion=1/, "ce_dataversion=2")
                               print $0, "ce_newer=\\x00\\xff" }'
}
# One for each topic, about an order that is there: what nobody listens to.
of_unknown_types() {
    awk -F '\t' -v OFS='\t' '$1 !~ /DLT/ && /ce_sequence/ && !seen[$1]++ {
        sub(/ce_type=[a-z.]*/, "ce_type=order.shipped"); sub(/ce_id=......../, "ce_id=ffffffff"); print }'
}
send() { "$BUILD/records" send "$BROKERS" || fail "the records cannot be sent"; }

# ---- a set as it was left behind ----

database() { echo "$SET_DIR/$1-svc/$1-svc.db"; }
# The broker as the services know it: the log is taken for the one that their positions belong to.
learn_cluster() {
    service_start order
    cluster() { CLUSTER=$(sql order "SELECT cluster_id FROM meta"); [[ $CLUSTER ]]; }
    until_true 30 cluster || fail "no broker is known"
    service_stop order
    rm -r "$SET_DIR/order-svc"
}
restore() {
    local name
    for name in "${names[@]}"; do
        mkdir -m 700 "$SET_DIR/$name-svc"
        { cat "$1/$name.sql"; echo "PRAGMA journal_mode = WAL; UPDATE meta SET cluster_id = '$CLUSTER';"; } |
            sqlite3 -bail "$(database "$name")" >/dev/null
    done
}

# What no upgrade and no event may take away, a line each.
facts() {
    sql order "SELECT 'order', order_id, status, reason FROM orders WHERE closed_at IS NOT NULL"
    sql order "SELECT 'item', order_id, line, sku, quantity, unit_price FROM order_item"
    sql order "SELECT 'history', * FROM order_history"
    sql payment "SELECT 'ledger', * FROM ledger"
    sql notify "SELECT 'told', order_id, kind, notification_id, customer_id, text FROM notification WHERE status = 'SENT'"
    local name
    for name in "${names[@]}"; do
        sql "$name" "SELECT 'set aside', state, reason, topic, partition, record_offset, event_id, hex(key), hex(value) FROM dead_letter"
        sql "$name" "SELECT 'answer', key, scope, request, status, location, body FROM idempotency_key"
    done
}
# All that orders, money and customers see of it.
business() {
    sql order "SELECT * FROM orders; SELECT * FROM order_history; SELECT * FROM order_notice"
    sql payment "SELECT * FROM account; SELECT * FROM payment; SELECT * FROM ledger"
    sql notify "SELECT * FROM notification"
}
columns() { sqlite3 "$1" "SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c ORDER BY 1, 2"; }
has_columns_of_today() {
    rm -f "$SET_DIR/today.db"
    "$BUILD/$1-svc" --schema | sqlite3 -bail "$SET_DIR/today.db"
    diff <(columns "$SET_DIR/today.db") <(columns "$(database "$1")")
}
waiting_rows() { local n; for n in "${names[@]}"; do sql "$n" "SELECT event_id FROM v_outbox WHERE state = 'PENDING'"; done; }
on_the_topics() { "$BUILD/records" save "$BROKERS" {orders,payments,notifications}":$PARTITIONS" | grep -o 'ce_id=[^[:blank:]]*' | cut -d = -f 2; }

# What became of orders that nobody had decided: PAID in time, or too late.
wrong_end() {
    sql order "SELECT count(*) FROM orders WHERE order_id IN ($UNDECIDED)
                  AND NOT (closed_at IS NOT NULL AND (status = 'PAID' OR (pay_by < $STARTED_MS AND reason = 'expired')))"
}

is_well_enough() { [[ $(degraded "$1") != *broker* ]]; }
takes_the_log_for_its_own() { ! grep -q 'has lost its memory' "$SET_DIR/$1.log"; }

# ---- the test ----

start_today() {
    local name
    for name in "${names[@]}"; do
        service_start "$name"
        (($1 == current)) ||
            check "$name-svc upgrades its database" grep -q "msg=\"the database was upgraded\" from_schema=$1 to_schema=$current" "$SET_DIR/$name.log"
        check "$name-svc has the tables and columns of today" has_columns_of_today "$name"
        eventually "$name-svc knows the broker" is_well_enough "$name"
        check "$name-svc reads on where it was" takes_the_log_for_its_own "$name"
    done
}

decide_parked_rows() {
    local seq
    for seq in $(sql order "SELECT seq FROM outbox_parked WHERE state = 'PARKED'"); do
        ctl order outbox retry "$seq" --why "the old version parked it" >/dev/null
    done
    eventually "orders whose rows were parked end, too" eval '[[ $(sql order "SELECT count(*) FROM orders WHERE closed_at IS NULL") == 0 ]]'
}

# take_over VERSION HOW
take_over() {
    local from=$ROOT/tests/fixtures/v$1 before
    echo "      version $1, events ${2//_/ }:"
    set_new
    broker_start
    learn_cluster
    restore "$from"
    "$2" <"$from/records" >"$SET_DIR/records"
    send <"$SET_DIR/records"
    # shellcheck disable=SC2046 # one word for each topic
    check "the topics hold what they held" cmp "$SET_DIR/records" <("$BUILD/records" save "$BROKERS" $(topics))
    facts | sort >"$SET_DIR/facts"
    waiting_rows | sort >"$SET_DIR/waiting"
    UNDECIDED=$(sql order "SELECT group_concat('''' || order_id || '''') FROM orders WHERE status = 'CREATED'")
    STARTED_MS=$((${EPOCHREALTIME/./} / 1000))
    check "there are rows that wait for the broker ($(wc -l <"$SET_DIR/waiting")) and undecided orders" test -s "$SET_DIR/waiting" -a "$UNDECIDED"

    start_today "$1"
    eventually "all orders end" nothing_pending
    eventually "all events are read" all_is_read
    equal "the undecided ones as they should" 0 "$(wrong_end)"
    equal "all that was is there still" "" "$(facts | sort | comm -23 "$SET_DIR/facts" - | head -n 3)"
    equal "all that waited was said" "" "$(on_the_topics | sort -u | comm -13 - "$SET_DIR/waiting")"
    for name in "${names[@]}"; do equal "$name-svc is not trying anything again" 0 "$(sql "$name" "SELECT count(*) FROM attempt")"; done
    decide_parked_rows
    audit

    eventually "the answers are read" all_is_read
    before=$(business)
    { cat "$from/records"; of_unknown_types <"$from/records"; } | "$2" | send
    eventually "all events come again, and some of unknown types" all_is_read
    equal "nothing changes" "$(cksum <<<"$before")" "$(business | cksum)"
    equal "unknown types are counted" "2 1 2" "$(for n in "${names[@]}"; do metric "$n" events_unknown_type_total; done | xargs)"
    eventually "a new order is PAID" is_closed "$(order alice 1)" PAID
    audit
    set_stop
}

mapfile -t versions < <(printf '%s\n' "$ROOT"/tests/fixtures/v* | sed 's/.*\/v//' | sort -n)
for ((older = 1; older < current; older++)); do
    check "version $older has a fixture" test -d "$ROOT/tests/fixtures/v$older"
done
for version in "${versions[@]}"; do take_over "$version" as_they_were; done
# Its events are not what the rows of the fixture say.
TOPICS_ARE_OURS=no take_over "$version" as_a_newer_version_says_them
