# How each crash point is reached in a set that is under load, and what is looked at after the start that follows. Sourced by run.
#
# Points that need the same settings and load share a group; in a group all three services can be struck at the same time.

# shellcheck disable=SC2034 # what it sets is read by run
GROUPS_OF_POINTS=(first old work idle webhook trouble retention)

group_of() {
    case $1 in
        schema-* | in-use-* | start-*) echo first ;;        # nothing is there yet
        upgrade-*) echo old ;;                              # a downgrade forgets what operators decided: none has yet
        checkpoint-*) echo idle ;;                          # nothing happens
        rows-forgotten) echo retention ;;                   # rows are old after two seconds
        post-*) echo webhook ;;
        attempt-* | aside-* | letter-* | fallback-* | import-* | row-aside-* | topic-* | redrive-*) echo trouble ;;
        *) echo work ;;                                     # customers come, nothing else is wrong
    esac
}
services_of() { if [[ $1 == post-* ]]; then echo notify; else echo "${SERVICES[@]}"; fi; }
# To be reached once takes seconds.
is_slow() { [[ $1 == topic-* || $1 == checkpoint-* ]]; }
# To come there the service needs what the others say.
is_alone() { [[ $1 == blame-* || $1 == import-* || $1 == topic-back-* ]]; }
flow_of() { if [[ $1 == trouble ]]; then echo "$ROOT/tests/crash/any-end.flow"; else echo "$ROOT/tests/load/flows/mixed.flow"; fi; }

# ---- the set ----

SET_SETTINGS=(ALLOW_FAULTS=1 RETRY_BACKOFF_INTERVAL_MS=20 RETRY_BACKOFF_MAX_MS=200)
RUNNING_WITH=

# A new set with its own broker; no service runs yet.
renew() {
    [[ ! ${SET_DIR-} ]] || set_stop || true
    set_new
    broker_start
    : >"$SET_DIR/histories"
    RUNNING_WITH=
}
start_all() {
    local name
    for name in "${SERVICES[@]}"; do is_running "$name" || service_launch "$name" "${SETTINGS[@]}"; done
    for name in "${SERVICES[@]}"; do until_true 20 service_ready "$name" || fail "$name-svc does not start"; done
    RUNNING_WITH="${SETTINGS[*]}"
}
# settle GROUP: the services run with the settings of the group
settle() {
    local name
    SETTINGS=("${SET_SETTINGS[@]}")
    case $1 in
        retention) SETTINGS+=(OUTBOX_RETENTION_S=2 TOPIC_RETENTION_S=1 PROCESSED_EVENT_RETENTION_S=60 IDEMPOTENCY_RETENTION_S=120) ;;
        webhook)
            receiver_start
            SETTINGS+=(NOTIFY_CHANNEL=webhook "WEBHOOK_URL=http://127.0.0.1:${PORT[receiver]}/hook" WEBHOOK_MAX_TRIES=1000
                       WEBHOOK_BACKOFF_INTERVAL_MS=50 WEBHOOK_BACKOFF_MAX_MS=200) ;;
    esac
    [[ $1 != first ]] || return 0
    for name in "${SERVICES[@]}"; do
        [[ $RUNNING_WITH == "${SETTINGS[*]}" ]] || ! is_running "$name" || service_stop "$name"
    done
    start_all
}
receiver_start() {
    ! is_running receiver || return 0
    PORT[receiver]=${PORT[receiver]:-$(free_port)}
    "$BUILD/receiver" "${PORT[receiver]}" 100 >"$SET_DIR/receiver.out" &
    PID[receiver]=$!
    BESIDE+=("$!")
    until_true 10 grep -q '^ready' "$SET_DIR/receiver.out" || fail "the receiver did not start"
}

# ---- helpers ----

quietly() { "$@" >>"$SET_DIR/ctl.log" 2>&1 || true; }
database() { echo "$(data_of "$1")/$1-svc.db"; }
letters_file() { echo "$(data_of "$1")/$1-svc.dead-letters"; }
schema_version() { sql "$1" "SELECT schema_version FROM meta"; }
crash_of() { echo "crash:point=$1:how=$2:nth=$3"; }
# start_with NAME FAULTS: does not wait
start_with() { service_launch "$1" "${SETTINGS[@]}" "FAULTS=$2"; }

refuse_letters() {
    service_stop "$1"
    sqlite3 "$(database "$1")" "CREATE TRIGGER refuse BEFORE INSERT ON dead_letter BEGIN SELECT RAISE(ABORT, 'no more of these'); END"
}
# What is in the file comes into the database at the start.
take_letters() {
    service_stop "$1"
    sqlite3 "$(database "$1")" "DROP TRIGGER IF EXISTS refuse"
    service_start "$1" "${SETTINGS[@]}"
    [[ ! -e $(letters_file "$1") ]]
}
fill_letters_file() {
    refuse_letters "$1"
    start_with "$1" handler-refuses:percent=30
    until_true 30 test -s "$(letters_file "$1")" || fail "no dead letter came to the file of $1-svc"
    service_stop "$1"
    sqlite3 "$(database "$1")" "DROP TRIGGER refuse"
}
die_in_a_handler() {
    quietly ctl "$1" fault set handler-crashes
    until_true 20 has_ended "$1" || fail "no handler of $1-svc has crashed"
    reap "$1"
}

# ---- arming: arm POINT HOW NTH SERVICE ----

arm() {
    local point=$1 name=$4 crash
    crash=$(crash_of "$1" "$2" "$3")
    case $point in
        schema-* | in-use-* | start-*) start_with "$name" "$crash"; return ;;
        upgrade-*) service_stop "$name"; downgrade "$name"; start_with "$name" "$crash"; return ;;
        blame-*) die_in_a_handler "$name"; start_with "$name" "$crash"; return ;;
        fallback-*) refuse_letters "$name"; start_with "$name" "handler-refuses:percent=30,$crash"; return ;;
        import-*) fill_letters_file "$name"; start_with "$name" "$crash"; return ;;
        attempt-*) quietly ctl "$name" fault set handler-retries --percent 20 ;;
        aside-* | letter-* | redrive-*) quietly ctl "$name" fault set handler-refuses --percent 20 ;;
        row-aside-*) quietly ctl "$name" fault set broker-refuses --percent 30 ;;
        topic-aside-*) quietly ctl "$name" fault set topic-refuses ;;
        topic-back-*) quietly ctl "$name" fault set topic-refuses --for 6s ;;
    esac
    quietly ctl "$name" fault set crash --point "$point" --how "$2" --nth "$3"
    [[ $point != stop-* ]] || kill "${PID[$name]}"
}

# ---- reaching: called again and again until the point has struck; load does most of it ----

BACKUPS=0 ORDERED_US=0
declare -A A_READ=([order]='orders?n=' [payment]=accounts/ [notify]='notifications?order_id=')
reach() {
    local name=$2 now=${EPOCHREALTIME/./}
    case $1 in
        decision-*) quietly ctl "$name" outbox republish --from 1 --to 5 --why "a crash is wanted" ;;
        redrive-*) quietly ctl "$name" dead-letters redrive --all --why "a crash is wanted" ;;
        backup-*) BACKUPS=$((BACKUPS + 1)) && quietly ctl "$name" backup "$SET_DIR/$name.backup.$BACKUPS" ;;
        # A reader's reply waits for the commit of a turn that is open.
        reply-*) quietly get -Z --max-time 2 "$(url_of "$name")/${A_READ[$name]}[1-20]" ;;
        # After a second without commits there is a checkpoint.
        checkpoint-*) ((now - ORDERED_US < 4000000)) || { ORDERED_US=$now && quietly order nobody 10; } ;;
    esac
}

# ---- after the start: mend POINT HOW NTH SERVICE ----

is_whole() { [[ $(sqlite3 -readonly "$1" 'PRAGMA quick_check') == ok ]]; }
# The last backup that was asked for has its name or has not; and another one is made.
backup_is_right() {
    local last
    last=$(ls -t "$SET_DIR/$3".backup.* | head -n 1)
    case $1,$2 in
        *,io-error) ;;
        backup-named,*) [[ -e $last && ! -e $last.partial ]] && is_whole "$last" || return 1 ;;
        *) [[ $last == *.partial ]] || return 1 ;;
    esac
    ctl "$3" backup "$SET_DIR/$3.last" >/dev/null && is_whole "$SET_DIR/$3.last" || return 1
    rm -f "$SET_DIR/$3".backup.* "$SET_DIR/$3.last"
}

mend() {
    local name=$4
    case $1 in
        backup-*) backup_is_right "$1" "$2" "$name" ;;
        upgrade-*) [[ $(schema_version "$name") == "$CURRENT_SCHEMA" ]] ;;
        fallback-* | import-*) take_letters "$name" ;;
        attempt-* | aside-* | letter-* | redrive-* | row-aside-* | topic-*) quietly ctl "$name" fault clear ;;
    esac
}

# What was set aside is decided as an operator would: called again and again until nothing is left.
heal() {
    local name seq
    for name in "${SERVICES[@]}"; do
        [[ $(sql "$name" "SELECT count(*) FROM dead_letter WHERE state = 'OPEN'") == 0 ]] ||
            quietly ctl "$name" dead-letters redrive --all --why "all is well again"
        for seq in $(sql "$name" "SELECT seq FROM outbox_parked WHERE state = 'PARKED'"); do
            quietly ctl "$name" outbox retry "$seq" --why "all is well again"
        done
    done
}
nothing_is_aside() {
    local name
    for name in "${SERVICES[@]}"; do
        [[ $(sql "$name" "SELECT (SELECT count(*) FROM dead_letter WHERE state = 'OPEN') + (SELECT count(*) FROM attempt)
                               + (SELECT count(*) FROM outbox_parked WHERE state NOT IN ('ABANDONED', 'SKIPPED'))") == 0 ]] || return 1
    done
}
