#!/usr/bin/env bash
# Goal: a run of the load driver tells what happened: a line a second in CSV, one JSON document, one page that asks no
# other address; a service that is killed meanwhile leaves a gap; --check decides the exit code, and a mistake in it is
# told before anything begins.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start

# ---- helpers ----

csv=$SET_DIR/run.csv json=$SET_DIR/run.json html=$SET_DIR/run.html

# column NAME: its cells, one a line
column() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; if (!at) exit 1; next } { print $at }' "$csv"
}
seconds_told() { if [[ -e $csv ]]; then grep -c '^[0-9]' "$csv" || true; else echo 0; fi; }
has_seconds() { (($(seconds_told) >= $1)); }
# At least that many seconds in which this column is empty, after one in which it was not.
has_gap() { column "$1" | awk -v least="$2" '$0 != "" { known = 1 } known && $0 == "" { gap++ } END { exit !(gap >= least) }'; }
# At least two seconds in which this service said nothing, after one in which it did, and the other one was heard.
are_told_apart() {
    paste -d , <(column "$1") <(column "$2") |
        awk -F, '$1 != "" { known = 1 } known && $1 == "" && $2 != "" { n++ } END { exit !(n >= 2) }'
}
ends_with_a_value() { [[ -n $(column "$1" | tail -n 1) ]]; }
page_data() { sed -n '/<script type="application\/json" id="run">/,/<\/script>/p' "$html" | sed 's/^<script[^>]*>//; s/<\/script>.*//'; }
says() { jq -e "$1" "$json" >/dev/null; }
rows_are_complete() { awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' "$csv"; }
# expect_mistake WHAT PART ARGUMENT...: exit 2, before anything was asked of the services
expect_mistake() {
    local what=$1 part=$2 result=0
    shift 2
    load --orders 1 "$@" >"$SET_DIR/mistake" 2>&1 || result=$?
    equal "$what: exit code" 2 "$result"
    contains "$what: is told" "$part" "$(<"$SET_DIR/mistake")"
}

# ---- mistakes on the command line ----

expect_mistake "an unknown name" 'character 1: found "p98<5ms", expected p50, p90' --check 'p98<5ms'
expect_mistake "a time without a unit" 'character 7: found the end, expected a unit, for this is a time: ms, s or us' --check 'p99<50'
expect_mistake "a wrong operator" 'character 5: found "=0", expected one of < <= > >= == !=' --check 'lost=0'
expect_mistake "a process that is not there" 'expected the number of a process that runs' --process broker=2147483646
expect_mistake "a file that cannot be made" 'cannot write /nowhere/page' --html /nowhere/page

# ---- a run in which a service is killed and started again ----

load_beside --notified "$BROKERS" --rate 60 --seconds 3600 --process broker="${PID[broker]}" --csv "$csv" --json "$json" \
    --html "$html" --check 'lost==0,failed==0,p50>0us,p99<100s,notify_rss_mb<500,broker_cpu_us>0'
eventually "seconds are told while it runs" has_seconds 2
eventually "with samples" ends_with_a_value payment_rss_mb
service_kill payment
eventually "a service that is down leaves a gap" has_gap payment_rss_mb 2
eventually "the others are read all the while" are_told_apart payment_rss_mb order_rss_mb
service_start payment
eventually "samples come back with the service" ends_with_a_value payment_rss_mb
end_load

equal "the verdict is the last line" good "$(tail -n 1 "$SET_DIR/load.log")"
contains "each check is told with what was measured" 'lost==0: holds, measured 0' "$(<"$SET_DIR/load.log")"
check "every line of CSV has all columns" rows_are_complete
check "the broker was watched, too" ends_with_a_value broker_rss_mb
equal "the seconds add up to all orders" "$(jq .accepted "$json")" "$(column accepted | awk '{ n += $1 } END { print n }')"
equal "the document has every point of a second" "$(jq '.timeline.at_s | length' "$json")" \
    "$(jq '[.timeline.processes[] | select(.name == "order") | .rss_mb[]] | length' "$json")"
check "and the gap" says '[.timeline.processes[] | select(.name == "payment") | .rss_mb[] | select(. == null)] | length >= 2'
check "CPU for each order is known of every process" says '.processes | length == 5 and all(.cpu_us_per_order > 0)'
equal "the page holds the same document" "$(jq -S . "$json")" "$(page_data | jq -S .)"
equal "and no address of its own but names of namespaces" "" \
    "$(sed '/<script type="application\/json"/,/<\/script>/d' "$html" | grep -o '[a-z]*://[^/]*' | grep -v '^http://www.w3.org$')"

# ---- a check that fails ----

result=0
load --notified "$BROKERS" --orders 20 --check 'lost==0,p50<1us' >"$SET_DIR/failing" 2>&1 || result=$?
equal "a check that does not hold: exit code" 1 "$result"
contains "which one, and what was measured" 'p50<1us: FAILED, measured ' "$(<"$SET_DIR/failing")"
contains "the other one holds" 'lost==0: holds' "$(<"$SET_DIR/failing")"
equal "and the verdict" "NOT GOOD" "$(tail -n 1 "$SET_DIR/failing")"

# ---- a full disk ----

result=0
load --notified "$BROKERS" --orders 20 --html /dev/full >"$SET_DIR/full" 2>&1 || result=$?
equal "a page that cannot be written: exit code" 1 "$result"
contains "is told" "cannot write all of /dev/full: No space left on device" "$(<"$SET_DIR/full")"

audit
