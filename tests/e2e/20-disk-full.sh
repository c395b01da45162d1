#!/usr/bin/env bash
# Goal: a disk that runs full costs no accepted order and needs no restart. While little is free, requests that write get 503
# with Retry-After, and what was accepted goes on; when nothing is free, the ballast is given up and records wait; when there
# is room again, all goes on by itself.
#
# order-svc and payment-svc have disks of their own: tmpfs in a mount namespace of this script.
if [[ ! ${HAS_NAMESPACE-} ]]; then
    for how in -rm -m; do
        if unshare $how mount -t tmpfs -o size=1m none "${TMPDIR:-/tmp}" 2>/dev/null; then
            HAS_NAMESPACE=1 exec unshare $how bash "$0"
        fi
    done
    echo "  skipped: neither root nor a user namespace may mount a tmpfs here"
    exit 0
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
for name in order payment; do
    mkdir "$SET_DIR/$name-svc"
    mount -t tmpfs -o size=96m,mode=0700 none "$SET_DIR/$name-svc"
done
set_start MIN_FREE_DISK_MB=6 BALLAST_MB=2
account alice 100000000

# ---- helpers ----

free_kb() { df --output=avail -k "$SET_DIR/$1-svc" | tail -n 1 | tr -d " "; }
# leave NAME KB: so much stays free on its disk; 0 takes every byte, whatever the service frees meanwhile
leave() {
    local file=$SET_DIR/$1-svc/filler
    if (($2)); then fallocate -o "$(stat -c %s "$file" 2>/dev/null || echo 0)" -l $((($(free_kb "$1") - $2) * 1024)) "$file"
    else dd if=/dev/zero of="$file" bs=64k oflag=append conv=notrunc status=none 2>/dev/null || true; fi
}
make_room() { rm "$SET_DIR/$1-svc/filler"; }
is_short() { [[ $(status_of "$(url_of "$1")/readyz") == 503 && $(degraded "$1") == *"disk: "*"MIN_FREE_DISK_MB is 6"* ]]; }
is_ready() { [[ $(status_of "$(url_of "$1")/readyz") == 200 ]]; }
has_ballast() { [[ -e $SET_DIR/$1-svc/$1-svc.ballast ]]; }
has_none() { ! has_ballast "$1"; }
handled() { get "$(url_of "$1")/metrics" | awk '/^events_total/ && !/"skipped"/ { sum += $2 } END { print sum }'; }
logged() { grep -c "$2" "$SET_DIR/$1.log"; }

# ---- little is free ----

check "there is ballast" has_ballast order
equal "of the size that was asked for" 2097152 "$(stat -c %s "$SET_DIR/order-svc/order-svc.ballast")"
eventually "order-svc knows the broker" is_well order
service_stop payment
early=$(order alice 100)
leave order 4000
eventually "4 MB are free: not ready, and readiness names the disk" is_short order
answer=$(curl -sS -i --json "$(order_body alice 100)" "$ORDER_URL/orders" | tr -d '\r')
contains "an order is refused with 503" "HTTP/1.1 503" "$answer"
contains "as a problem" "Content-Type: application/problem+json" "$answer"
contains "that says why" '"detail":"the disk is nearly full; nothing was written, try again later"' "$answer"
contains "and when to try again" "Retry-After: 5" "$answer"
equal "so is a cancellation" 503 "$(status_of --json '{}' "$ORDER_URL/orders/$early/cancellation")"
equal "reading works" CREATED "$(status "$early")"
check "the refusals are counted" test "$(metric order 'short_of_refused_total{what="disk"}')" == 2
service_start payment MIN_FREE_DISK_MB=6 BALLAST_MB=2
eventually "an order that was accepted before becomes PAID all the same" is_closed "$early" PAID
equal "nothing was undone" 0 "$(metric order group_commit_failures_total)"
make_room order
eventually "there is room again: ready by itself" is_ready order
equal "orders are accepted" 201 "$(status_of --json "$(order_body alice 100)" "$ORDER_URL/orders")"

# ---- nothing is free, in the midst of work ----

# runs_full NAME: takes every byte until a turn was undone for it, and gives it back
runs_full() {
    local name=$1 undone handled ticks
    undone=$(metric "$name" group_commit_failures_total)
    is_undone() { leave "$name" 0; (($(metric "$name" group_commit_failures_total) > undone)); }
    eventually "no byte is free on the disk of $name-svc: a turn is undone" is_undone
    eventually "the ballast is given up" has_none "$name"
    eventually "readiness says so" eval "[[ \$(degraded $name) == *'the ballast is used up'* ]]"
    handled=$(handled "$name")
    ticks=$(metric "$name" loop_stall_seconds_count)
    stays_full() { leave "$name" 0; (($(metric "$name" loop_stall_seconds_count) > ticks + 20)); }
    eventually "it stays so for a while: what the ballast held is taken, too" stays_full
    equal "no record was read in between" "$handled" "$(handled "$name")"
    equal "reading works" 200 "$(status_of "$(url_of "$name")/openapi.yaml")"
    make_room "$name"
    eventually "there is room again: ready by itself" is_ready "$name"
    eventually "with ballast" has_ballast "$name"
}
accepted() { metric order 'http_requests_total{method="POST",route="/orders",status="2xx"}'; }
load_beside --seconds 120 --clients 12 --seed "$SRANDOM" --history "$SET_DIR/history"
until_true 60 eval '(($(metric payment group_commit_size_count) > 50))' || fail "no load"
runs_full order
had=$(accepted)
are_more() { (($(accepted) > had + 20)); }
eventually "orders are accepted again" are_more
runs_full payment
end_load
for name in order payment; do
    equal "$name-svc takes writes again" "$(logged $name "the turn was undone")" "$(logged $name "the database takes writes again")"
done
equal "order-svc was started once" 1 "$(logged order msg=started)"
audit --history "$SET_DIR/history"

# ---- a start on a full disk ----

service_kill order
leave order 0
equal "nothing is free, and order-svc was killed" 0 "$(free_kb order)"
service_ready() { [[ $(status_of "$(url_of "$1")/healthz" 2>/dev/null) == 200 ]]; }
given=$(logged order "the ballast is given up")
service_start order MIN_FREE_DISK_MB=6 BALLAST_MB=2
equal "it starts, on its ballast" $((given + 1)) "$(logged order "the ballast is given up")"
leave order 0           # its start has emptied the log, and so made room
eventually "it is not ready" is_short order
equal "reading works" PAID "$(status "$early")"
make_room order
eventually "there is room again: ready by itself" is_ready order
eventually "an order is PAID" is_closed "$(order alice 100)" PAID

for name in order payment; do
    service_stop $name
    umount "$SET_DIR/$name-svc"
done
