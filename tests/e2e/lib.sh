# What every end-to-end script uses. A script opens with `# Goal:`, sources this, and calls its checks; the set it starts
# is its own, and ends with it. BROKER=embedded|kafka chooses the broker.
set -euo pipefail
TEST=$(basename "$0" .sh)
# shellcheck source=deploy/set.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../deploy/set.sh"

# The load driver and whatever else runs beside the set.
declare -a BESIDE=()

# Numbers of processes that have ended are given out again: on a busy machine within minutes.
is_ours() { grep -qx "PPid:[[:space:]]$$" "/proc/$1/status" 2>/dev/null; }

clean_up() {
    local status=$? pid
    trap - EXIT
    for pid in "${BESIDE[@]}"; do ! is_ours "$pid" || kill "$pid" 2>/dev/null || true; done
    # What a sanitizer has to say of a process whose exit status nobody asks for.
    if ((status == 0)) && grep -qE 'Sanitizer|runtime error:' "$SET_DIR"/*.log 2>/dev/null; then status=1; fi
    if ((status != 0)); then
        echo "$TEST: failed; the end of each log in $SET_DIR:"
        tail -n 12 "$SET_DIR"/*.log 2>/dev/null || true
        KEEP=1
    fi
    broker_stop() { ! is_running broker || broker_kill; }       # nobody will read its log
    set_stop || true
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# ---- checks ----

ok() { printf '  ok  %s\n' "$*"; }
fail() { printf '  FAILED  %s (%s line %s)\n' "$*" "$TEST" "${BASH_LINENO[-2]}"; exit 1; }
# check WHAT COMMAND...
check() { local what=$1; shift; if "$@"; then ok "$what"; else fail "$what"; fi; }
# eventually WHAT COMMAND...: within PATIENCE seconds, 60 if it is not set: other machines are slower, and do other things
eventually() { local what=$1; shift; if until_true "${PATIENCE:-60}" "$@"; then ok "$what"; else fail "$what"; fi; }
# equal WHAT EXPECTED ACTUAL
equal() { if [[ $2 == "$3" ]]; then ok "$1"; else fail "$1: expected '${2:0:600}', got '${3:0:600}'"; fi; }
# contains WHAT PART TEXT
contains() { if [[ $3 == *"$2"* ]]; then ok "$1"; else fail "$1: '$2' is not in '${3:0:600}'"; fi; }
# Sanitizers need memory and time of their own.
is_instrumented() { grep -qaE '__(asan|tsan)_init' "$BUILD/order-svc"; }
# skip_unless BROKER WHY: before set_new
skip_unless() { [[ $BROKER == "$1" ]] || { echo "  skipped on $BROKER: $2"; trap - EXIT; exit 0; }; }

# ---- asking ----

new_key() { echo "$TEST-$SRANDOM$SRANDOM"; }
get() { curl -sS --max-time 40 "$@"; }
post() { curl -sS --max-time 40 -H "Idempotency-Key: ${KEY:-$(new_key)}" --json "$2" "$1"; }
# The status only.
status_of() { curl -sS --max-time 40 -o /dev/null -w '%{http_code}' "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$2"; }

# account CUSTOMER CENTS [CURRENCY]
account() {
    curl -sS -X PUT --json "{\"currency\":\"${3:-EUR}\"}" "$PAYMENT_URL/accounts/$1" >/dev/null
    (($2 == 0)) || post "$PAYMENT_URL/accounts/$1/deposits" "{\"amount\":$2,\"currency\":\"${3:-EUR}\"}" >/dev/null
}

order_body() {
    printf '{"customer_id":"%s","currency":"%s","items":[{"sku":"book","quantity":1,"unit_price":%s}]}' \
        "$1" "${3:-EUR}" "$2"
}

# order CUSTOMER CENTS [CURRENCY]: prints its id
order() {
    local answer
    answer=$(post "$ORDER_URL/orders" "$(order_body "$@")")
    field order_id "$answer"
}

cancel() { post "$ORDER_URL/orders/$1/cancellation" '{}'; }
status() { field status "$(get "$ORDER_URL/orders/$1")"; }
is_status() { [[ $(status "$1") == "$2" ]]; }
is_closed() { [[ $(get "$ORDER_URL/orders/$1") == *"\"status\":\"$2\""*'"closed_at":"'* ]]; }
balance() { field balance "$(get "$PAYMENT_URL/accounts/$1")"; }
kinds_told() { get "$NOTIFY_URL/notifications?order_id=$1" | jq -r '[.notifications[].kind] | sort | join(" ")'; }
url_of() { echo "http://127.0.0.1:${PORT[$1]}"; }
# metric SERVICE NAME-WITH-LABELS: its value, 0 if it is not there
metric() { get "$(url_of "$1")/metrics" | awk -v name="$2" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }'; }
degraded() { get "$(url_of "$1")/readyz" | jq -r '.degraded | join("; ")'; }
is_well() { [[ -z $(degraded "$1") ]]; }

# ctl SERVICE WORD...: the operators' command
ctl() { local name=$1; shift; "$(program_of "$name")" --data-dir "$(data_of "$name")" ctl "$@"; }
# try_ctl SERVICE WORD...: the same; sets OUT, ERR and STATUS
# shellcheck disable=SC2034 # for who calls it
try_ctl() {
    STATUS=0
    ctl "$@" >"$SET_DIR/ctl.out" 2>"$SET_DIR/ctl.err" || STATUS=$?
    OUT=$(<"$SET_DIR/ctl.out") ERR=$(<"$SET_DIR/ctl.err")
}

# has_read SERVICE TOPIC...: to the ends, and has stored that. /metrics may know an end that is no more the last one.
has_read() {
    local name=$1 where=() topic i
    for topic in "${@:2}"; do for ((i = 0; i < PARTITIONS; i++)); do where+=(-t "$topic:$i:-1"); done; done
    cmp -s <(kcat -Q -b "$BROKERS" "${where[@]}" | grep -v 'offset 0$' | sort) \
        <(sql "$name" "SELECT topic || ' [' || partition || '] offset ' || next_offset FROM v_position
                        WHERE topic NOT LIKE '%.DLT' AND next_offset > 0" | sort)
}
all_is_read() { has_read order payments notifications && has_read payment orders && has_read notify orders payments; }

# configure_topic TOPIC OPTION...: by Kafka's tool, which ends when the controller knows; then waits until the broker goes by it.
configure_topic() {
    local topic=$1 had
    had=$(times_configured)
    "$ROOT/deploy/kafka/tool" configs --bootstrap-server "$BROKERS" --alter --entity-type topics --entity-name "$topic" "${@:2}" \
        >>"$SET_DIR/broker.log" 2>&1
    until_true 60 is_configured || fail "$topic is not configured"
}
times_configured() { grep -c " Updating topic $topic with new configuration" "$SET_DIR/kafka/kafka.log" || true; }
is_configured() { (($(times_configured) > had)); }

# ---- load and audit ----

# load ARGUMENT...: the load driver against the set. It waits as long as an outage may take on a busy machine.
load() { (become_load "$@"); }
become_load() {
    exec "$BUILD/load" --order "$ORDER_URL" --payment "$PAYMENT_URL" --notify "$NOTIFY_URL" \
        --flow "$ROOT/tests/load/flows/mixed.flow" --drain 90 --give-up 90 --quiet "$@"
}

# The same beside the script; wait_for_load ends with its exit status.
load_beside() { become_load "$@" >"$SET_DIR/load.log" 2>&1 & LOAD=$!; BESIDE+=("$LOAD"); }
load_runs() { is_ours "$LOAD" && [[ $(cut -d ' ' -f 3 "/proc/$LOAD/stat" 2>/dev/null) == [^ZX] ]]; }
wait_for_load() {
    local result=0
    wait "$LOAD" || result=$?
    tail -n 15 "$SET_DIR/load.log" | sed 's/^/      /'
    equal "the load driver is content" 0 "$result"
}

# It starts nothing more; what is under way comes to its end. A load that has to last as long as something else takes is given
# more time than that, and ended.
end_load() { ! is_ours "$LOAD" || kill "$LOAD"; wait_for_load; }

# The topics, too, where there is a broker that lets anybody read, unless TOPICS_ARE_OURS=no.
audited_topics() {
    if is_running broker && [[ ! ${KAFKA_PROPERTIES-} && ${TOPICS_ARE_OURS-yes} == yes ]]; then echo --brokers "$BROKERS"; fi
}

# Waits until nothing is pending, then has the auditor decide: also where something was set aside for good.
# shellcheck disable=SC2120 # most scripts have nothing to add
audit() {
    local out
    eventually "nothing is pending" nothing_pending
    until_true 10 all_noticed || true
    # shellcheck disable=SC2046 # one word for each option
    if out=$("$BUILD/audit" $(audited) $(audited_topics) "$@" 2>&1); then ok "$(tail -n 1 <<<"$out")"
    else printf '%s\n' "$out"; fail "the auditor found violations"; fi
}
