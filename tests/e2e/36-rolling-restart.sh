#!/usr/bin/env bash
# Goal: a rolling restart under load, as an update is one: each service in turn gets SIGTERM and is started again, round
# after round. Each ends with status 0 and leaves a database that needs no check; no request gets a 5xx, those that found
# nobody are made again with the same key; nothing is lost or doubled. Between the rounds services stop together, too.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
set_start

names=(order payment notify)
answers_5xx() { get "$(url_of "$1")/metrics" | awk '/^http_requests_total\{.*status="5/ { n += $2 } END { print n + 0 }'; }
has_work() { (($(metric "$1" group_commit_size_count) > 20)) || ! load_runs; }

# stop_well NAME: what it has answered so far and how it ends
stop_well() {
    FAILED=$((FAILED + $(answers_5xx "$1")))
    service_stop "$1"
    STATUSES+=$EXIT_STATUS
}

load_beside --seconds 3600 --clients 16 --seed "$SRANDOM" --history "$SET_DIR/history"
FAILED=0 STATUSES='' rounds=0 longest=0 started=$SECONDS
while load_runs && ((SECONDS - started < 15 || rounds < 3)); do
    for name in "${names[@]}"; do
        until_true 60 has_work "$name" || fail "$name-svc does nothing"
        begun=${EPOCHREALTIME/./}
        stop_well "$name"
        service_start "$name"
        away=$(((${EPOCHREALTIME/./} - begun) / 1000))
        longest=$((away > longest ? away : longest))
    done
    rounds=$((rounds + 1))
    if ((rounds % 3 == 0)); then
        for name in "${names[@]}"; do stop_well "$name"; done
        for name in "${names[@]}"; do service_start "$name"; done
    fi
done
end_load
check "$rounds rounds, each service away for $longest ms at most" test "$rounds" -ge 3
equal "every service ended with status 0, every time" "" "${STATUSES//0/}"
for name in "${names[@]}"; do
    FAILED=$((FAILED + $(answers_5xx "$name")))
    equal "$name-svc always left a database that was closed" 0 "$(grep -c 'the last end was not clean' "$SET_DIR/$name.log" || true)"
    equal "$name-svc logs no error" "" "$(grep 'level=error' "$SET_DIR/$name.log" | head -n 3)"
done
equal "no request got a 5xx" 0 "$FAILED"
equal "no order was refused or is unknown" "0 refused, 0 unknown" "$(sed -n 's/.* accepted, \(.* unknown\)$/\1/p' "$SET_DIR/load.log")"
audit --history "$SET_DIR/history"
