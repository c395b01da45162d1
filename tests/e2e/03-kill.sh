#!/usr/bin/env bash
# Goal: services killed with SIGKILL under load, again and again for 30 s, lose nothing and double nothing.
. "$(dirname "$0")/lib.sh"
set_new
set_start

seconds=${KILL_SECONDS:-30}
load_beside --seconds 3600 --clients 16 --seed "$SRANDOM" --history "$SET_DIR/history"
names=(order payment notify)
kills=0 begun=$SECONDS
while load_runs && ((SECONDS - begun < seconds || kills < seconds / 3)); do
    name=${names[kills % 3]}
    service_kill "$name"
    service_start "$name"
    kills=$((kills + 1))
    # Some work has to pass before the next one is killed.
    until_true 1 eval '(($(metric "$name" group_commit_size_count) > 20)) || ! load_runs' || true
done
end_load
check "services were killed $kills times" test "$kills" -ge $((seconds / 3))
audit --history "$SET_DIR/history"
