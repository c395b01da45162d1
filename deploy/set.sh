# A set: one broker and the three services as processes in one folder. Sourced by the demo, the tests and the benchmarks.
#
#   set_new              chooses folder and ports; SET_DIR, BROKERS, ORDER_URL, PAYMENT_URL, NOTIFY_URL
#   set_start            broker and services, ready when it returns
#   set_stop             everything, and what was reserved; the folder too unless KEEP=1
#   broker_start|stop|kill|pause|resume
#   service_start|stop|kill NAME [SETTING=VALUE ...]      NAME is order, payment or notify, one of SERVICES
#   is_quiet             nothing is under way; `audited` says where the auditor finds the databases
#
# SHARDS=n above 1, set before set_new, makes n processes of each service. SERVICES are order.0 payment.0 notify.0 order.1 …
# then, shard i has its databases in SET_DIR/shard-i, and each URL is a list with commas, as the load driver takes it.
# BROKER=embedded (default) or kafka. Each process is known by its pid, never by its name.

# shellcheck disable=SC2034 # what it sets is read by who sources it

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(realpath -m "${BUILD:-$ROOT/build}")      # make gives it relative to its own folder
BROKER=${BROKER:-embedded}
PARTITIONS=${PARTITIONS:-12}
SHARDS=1
SERVICES=(order payment notify)
declare -A PID PORT
declare -a UNDER=()         # the words before each service's program: another one that runs it

die() { printf '%s\n' "$*" >&2; exit 1; }

# Asks until the command succeeds: until_true SECONDS COMMAND...
until_true() {
    local deadline=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < deadline)) || return 1
        read -rt 0.02 <> <(:) || true
    done
}

# A port that nobody listens on, below the range the kernel takes ports of outgoing connections from, reserved against
# other sets that start at the same time.
free_port() {
    local port holder reserved=${TMPDIR:-/tmp}/choreography-ports-$UID
    mkdir -p "$reserved"
    while :; do
        port=$((20000 + SRANDOM % 12000))
        if (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
        if (set -o noclobber; echo $$ >"$reserved/$port") 2>/dev/null; then break; fi
        holder=$(cat "$reserved/$port" 2>/dev/null) || continue
        [[ -z $holder || -d /proc/$holder ]] || rm -f "$reserved/$port"
    done
    echo "$port"
}

# order.1 is a process of order-svc, its data in shard-1/order-svc.
program_of() { echo "$BUILD/${1%.*}-svc"; }
data_of() { if [[ $1 == *.* ]]; then echo "$SET_DIR/shard-${1#*.}/${1%.*}-svc"; else echo "$SET_DIR/$1-svc"; fi; }

name_shards() {
    local shard
    SERVICES=()
    for ((shard = 0; shard < SHARDS; shard++)); do
        SERVICES+=("order.$shard" "payment.$shard" "notify.$shard")
        mkdir -p "$SET_DIR/shard-$shard"
    done
}

# urls_of SERVICE: its address, or those of all its shards
urls_of() {
    local name urls=
    for name in "${SERVICES[@]}"; do [[ ${name%.*} != "$1" ]] || urls+=",http://127.0.0.1:${PORT[$name]}"; done
    echo "${urls#,}"
}

set_new() {
    SET_DIR=${SET_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/choreography.XXXXXX")}
    mkdir -p "$SET_DIR"
    ((SHARDS == 1)) || name_shards
    local name
    for name in broker "${SERVICES[@]}"; do PORT[$name]=$(free_port); done
    [[ $BROKER == embedded ]] || PORT[controller]=$(free_port)
    BROKERS=127.0.0.1:${PORT[broker]}
    ORDER_URL=$(urls_of order)
    PAYMENT_URL=$(urls_of payment)
    NOTIFY_URL=$(urls_of notify)
}

# use_token FILE: every curl from here on shows this token, and none has it among its arguments.
use_token() {
    CURL_HOME=$(mktemp -d "${TMPDIR:-/tmp}/choreography-curl.XXXXXX")
    export CURL_HOME
    printf 'Authorization: Bearer %s\n' "$(<"$1")" >"$CURL_HOME/token"
    printf 'header = "@%s/token"\n' "$CURL_HOME" >"$CURL_HOME/.curlrc"
}
forget_token() { if [[ ${CURL_HOME-} == */choreography-curl.* ]]; then rm -rf "$CURL_HOME"; unset CURL_HOME; fi; }

topics() { local t; for t in {orders,payments,notifications}{,.DLT}; do echo "$t:$PARTITIONS"; done; }

is_running() { [[ -n ${PID[$1]-} ]] && ! has_ended "$1"; }

has_ended() { [[ ! -d /proc/${PID[$1]} || $(cut -d ' ' -f 3 "/proc/${PID[$1]}/stat" 2>/dev/null) != [^ZX] ]]; }

# Waits for a process of ours to end; its exit status in EXIT_STATUS if it was our child.
reap() {
    local late=0
    until_true 30 has_ended "$1" || { late=1 && kill -KILL "${PID[$1]}"; }
    EXIT_STATUS=0
    wait "${PID[$1]}" 2>/dev/null || EXIT_STATUS=$?
    ((late == 0)) || printf '%s (pid %s) did not end by itself\n' "$1" "${PID[$1]}" >&2
    unset "PID[$1]"
    return $late
}

# ---- the broker ----

devbroker_ready() { grep -q 'devbroker ready' "$SET_DIR/broker.log" || ! is_running broker; }

broker_start() {
    if [[ $BROKER == kafka ]]; then
        "$ROOT/deploy/kafka/start" --dir "$SET_DIR/kafka" --port "${PORT[broker]}" \
            --controller-port "${PORT[controller]}" >>"$SET_DIR/broker.log"
        # shellcheck disable=SC2046 # one word for each topic
        "$ROOT/deploy/kafka/topics" --address "$BROKERS" $(topics) >>"$SET_DIR/broker.log"
        PID[broker]=$(cat "$SET_DIR/kafka/kafka.pid")
    else
        local topic args=()
        for topic in $(topics); do args+=(--topic "$topic"); done
        : >"$SET_DIR/broker.log"
        "$BUILD/devbroker" --port "${PORT[broker]}" --control "$SET_DIR/broker.ctl" "${args[@]}" \
            >"$SET_DIR/broker.log" 2>&1 &
        PID[broker]=$!
        until_true 30 devbroker_ready && is_running broker || die "the broker did not start: $(cat "$SET_DIR/broker.log")"
    fi
}

broker_stop() {
    is_running broker || return 0
    if [[ $BROKER == kafka ]]; then "$ROOT/deploy/kafka/stop" --dir "$SET_DIR/kafka" >>"$SET_DIR/broker.log"
    else kill "${PID[broker]}"; fi
    reap broker
}

broker_kill() {
    if [[ $BROKER == kafka ]]; then "$ROOT/deploy/kafka/stop" --dir "$SET_DIR/kafka" --kill >>"$SET_DIR/broker.log"
    else kill -KILL "${PID[broker]}"; fi
    reap broker
}

broker_pause() { kill -STOP "${PID[broker]}"; }
broker_resume() { kill -CONT "${PID[broker]}"; }

# ---- services ----

service_ready() {
    is_running "$1" || return 1
    DATA_DIR=$(data_of "$1") "$(program_of "$1")" ctl ready >/dev/null 2>&1
}

# Does not wait until it is ready.
service_launch() {
    local name=$1 shard=()
    shift
    [[ $name != *.* ]] || shard=("SHARD=${name#*.}" "SHARDS=$SHARDS")
    env "${shard[@]}" "$@" DATA_DIR="$(data_of "$name")" HTTP_PORT="${PORT[$name]}" KAFKA_BROKERS="$BROKERS" \
        PARTITIONS="$PARTITIONS" "${UNDER[@]}" "$(program_of "$name")" >>"$SET_DIR/$name.log" 2>&1 &
    PID[$name]=$!
}

await_service() {
    until_true 30 service_ready "$1" || die "$1-svc did not start; the end of its log:" "$(tail -n 5 "$SET_DIR/$1.log")"
}
service_start() { service_launch "$@" && await_service "$1"; }

# A clean stop: EXIT_STATUS is 0 then.
service_stop() { kill "${PID[$1]}" 2>/dev/null || true; reap "$1"; }
service_kill() { kill -KILL "${PID[$1]}" 2>/dev/null || true; reap "$1"; }

# ---- the set ----

# shellcheck disable=SC2120 # settings for all three, mostly none
set_start() {
    broker_start
    local name
    for name in "${SERVICES[@]}"; do service_launch "$name" "$@"; done
    for name in "${SERVICES[@]}"; do await_service "$name"; done
}

set_stop() {
    local name status=0
    for name in "${SERVICES[@]}"; do ! is_running "$name" || service_stop "$name" || status=1; done
    broker_stop || status=1
    for name in "${!PORT[@]}"; do rm -f "${TMPDIR:-/tmp}/choreography-ports-$UID/${PORT[$name]}"; done
    [[ ${KEEP-} == 1 ]] || rm -rf "$SET_DIR"
    return $status
}

# ---- what it holds ----

# sql SERVICE STATEMENT: on the database of a service, running or not
sql() { sqlite3 -readonly -bail "$(data_of "$1")/${1%.*}-svc.db" "$2"; }

# What is parked waits for an operator, not for time.
nothing_pending() {
    local name
    local -A waits=(
        [order]="SELECT count(*) FROM orders WHERE closed_at IS NULL
                    AND order_id NOT IN (SELECT subject FROM outbox_parked WHERE state = 'PARKED')"
        [payment]="SELECT 0"
        [notify]="SELECT count(*) FROM notification WHERE status = 'PENDING'")
    for name in "${SERVICES[@]}"; do [[ $(sql "$name" "${waits[${name%.*}]}") == 0 ]] || return 1; done
    for name in "${SERVICES[@]}"; do
        [[ $(sql "$name" "SELECT count(*) FROM v_outbox WHERE state = 'PENDING'") == 0 ]] || return 1
    done
}

# Where the auditor finds all databases.
audited() {
    local shard
    ((SHARDS > 1)) || { echo --data "$SET_DIR"; return; }
    for ((shard = 0; shard < SHARDS; shard++)); do echo --data "$SET_DIR/shard-$shard"; done
}

# An order that is refunded is closed before it has heard of its last notification.
all_noticed() {
    local name told=0 noticed=0
    for name in "${SERVICES[@]}"; do
        case $name in
        order*) noticed=$((noticed + $(sql "$name" "SELECT count(*) FROM order_notice"))) ;;
        notify*) told=$((told + $(sql "$name" "SELECT count(*) FROM notification WHERE status <> 'PENDING'"))) ;;
        esac
    done
    ((noticed >= told))
}

is_quiet() { nothing_pending && all_noticed; }
