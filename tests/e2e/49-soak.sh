#!/usr/bin/env bash
# Goal: the judge of `make soak` finds each kind of growth, planted in figures as a clean hour has them, holds nothing else against a
# service, and decides nothing from too few figures. The soak itself takes minutes or hours: `make soak H=0.02`.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
parts=$SET_DIR/parts csv=$SET_DIR/load.csv
printf '%s\n' "storm 0.5" "outages 1800" "calm 2700" "end 3600" >"$parts"

# A clean hour. In the storm each service is killed all 40 s, is gone for 2 s, and its caches fill while it lives; later they are
# full. The log of each is as long as at its longest; there are more connections after an outage, which comes all 45 s.
made_up() {
    awk 'BEGIN {
        services = split("order payment notify", name, " ")
        printf "seconds,backlog"
        for (s = 1; s <= services; s++) printf ",%s_rss_mb,%s_wal_mb,%s_open_fds", name[s], name[s], name[s]
        print ""
        for (t = 1; t <= 3600; t++) {
            printf "%d.001,%d", t, t % 7
            for (s = 1; s <= services; s++) {
                storm = t < 1800; age = storm ? (t + 13 * s) % 40 : 40
                if (storm && age < 2) printf ",,,"
                else printf ",%.3f,%.1f,%d", 10 + age * 0.4 + t % 3 / 10, 32 + t % 5 / 10, 30 + (t < 2700 && t % 45 < 9 ? 12 : t % 2)
            }
            print ""
        }
    }' >"$csv"
}
# plant FROM COLUMN EXPRESSION-OF-t-AND-value: from this second on
plant() {
    awk -F , -v OFS=, -v from="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        NR > 1 && $1 >= from && $at != "" { t = $1 - from; value = $at; $at = '"$3"' } { print }' "$csv" >"$csv.new"
    mv "$csv.new" "$csv"
}
judged() { STATUS=0; OUT=$("$ROOT/tests/soak/judge" "$csv" "$parts" 2>&1) || STATUS=$?; }
# finds WHAT LINE FROM COLUMN EXPRESSION: only the line that begins so grew
finds() {
    made_up
    plant "$3" "$4" "$5"
    judged
    equal "$1" "1 $2" "$STATUS $(grep GREW <<<"$OUT" | awk '{ print $1, $2, $3 }' | paste -sd ';')"
}
# passes WHAT [FROM COLUMN EXPRESSION]
passes() {
    made_up
    (($# == 1)) || plant "${@:2}"
    judged
    equal "$1" "0 nothing grew" "$STATUS $(tail -n 1 <<<"$OUT")"
}

passes "a clean hour is clean"
equal "each figure of each service is judged in each part" 27 "$(grep -c 'median.*highest' <<<"$OUT")"
finds "100 bytes an order that are never given back, at 100 orders a second" "calm notify RSS" 2700 notify_rss_mb 'value + t * 100 * 100 / 1048576'
finds "a descriptor for each time that the broker comes back" "outages payment descriptors" 1800 payment_open_fds 'value + int((t < 900 ? t : 900) / 45)'
finds "each life takes more than the one before" "storm order RSS" 0 order_rss_mb 't < 1800 ? value + int(t / 40) * 0.5 : value'
finds "a log that nobody starts again, in the storm" "storm order WAL" 0 order_wal_mb 't < 1800 ? value + t * 0.05 : value'
finds "a log that nobody starts again, in the calm" "calm order WAL" 2700 order_wal_mb 'value + t * 0.05'
finds "peaks that grow while the rest stays" "calm order RSS" 2700 order_rss_mb 't % 30 < 1 ? value + t * 0.05 : value'
passes "one peak, early" 2700 order_rss_mb 't < 200 ? value + 90 : value'
passes "a step while caches fill" 2700 payment_rss_mb 't < 100 ? value - 8 : value'
passes "what becomes less" 2700 notify_open_fds 'value - t / 90'

# ---- figures that decide nothing ----

undecided() { judged; equal "$1: exit status" 2 "$STATUS"; contains "$1: says why" "$2" "$OUT"; }
made_up
plant 2700 order_wal_mb '""'
undecided "nothing was measured" "calm: too few figures of order_wal_mb"
made_up
sed -i 's/notify_open_fds/other/' "$csv"
undecided "a column is missing" "there is no column notify_open_fds"
made_up
printf '%s\n' "storm 0.5" "end 3600" >"$parts"
undecided "there was no calm" "there is no calm part"
printf '%s\n' "storm 0.5" "outages 20" "calm 40" "end 60" >"$parts"
judged
equal "of a short run only the calm is judged" "0 calm" "$STATUS $(grep median <<<"$OUT" | cut -d ' ' -f 1 | sort -u)"
plant 40 order_rss_mb 'value + t'
judged
equal "and growth is found there, too" "1 calm order RSS" "$STATUS $(grep GREW <<<"$OUT" | awk '{ print $1, $2, $3 }')"

# ---- the plot ----

made_up
printf '%s\n' "storm 0.5" "outages 1800" "calm 2700" "end 3600" >"$parts"
plot=$("$ROOT/tests/soak/plot" "$csv" "$parts")
contains "the plot names the parts" "|outages" "$plot"
contains "and how high a line goes" "notify_open_fds" "$(grep '42.0 at most' <<<"$plot")"
STATUS=0
OUT=$(H=soon BROKER=embedded "$ROOT/tests/soak/run" 2>&1) || STATUS=$?
equal "H that is no number is refused" "1 H is a number of hours, such as 1 or 0.05, not soon" "$STATUS $OUT"
