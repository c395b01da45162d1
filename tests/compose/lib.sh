# What the tests of the compose files share: the fixture, the checks, load and audit. Sourced after deploy/set.sh and
# deploy/compose.sh, with a COMPOSE_PROJECT_NAME of the test's own. All of that project is removed at the end.
# shellcheck shell=bash
PASSED=0 FAILED=0
PORTS=() LOAD=''
BUILD=$(realpath -m "${BUILD:-build}")

# ---- Fixture ----

begin() {
    local tool
    for tool in docker curl jq sqlite3 "$BUILD/load" "$BUILD/audit"; do
        command -v "$tool" >/dev/null || { echo "this test needs $tool, which is not there; make test-compose sees to it" >&2; exit 1; }
    done
    set_new
    WORK=$(mktemp -d)
    OUT=$WORK/out
    OURS=label=com.docker.compose.project=$PROJECT
    trap clean_up EXIT
    trap 'exit 130' INT TERM
}

# reserve_port NAME: a free port of this host, exported as NAME for compose
reserve_port() {
    local port
    port=$(free_port)
    PORTS+=("$port")
    export "$1=$port"
}

clean_up() {
    local status=$? port
    trap - EXIT
    [[ -z $LOAD ]] || kill -KILL "$LOAD" 2>/dev/null || true
    if ((status != 0)); then
        failed "the test ended early"
        compose ps --all || true
        compose logs --tail 8 || true
    fi
    echo "removing $PROJECT"
    compose --profile '*' down --volumes --rmi local --remove-orphans --timeout 10 >"$OUT" 2>&1 || { cat "$OUT"; status=1; }
    # What a build in between has left without a name.
    docker image ls --quiet --filter "$OURS" | xargs -r docker image rm >"$OUT" 2>&1 || { cat "$OUT"; status=1; }
    equal "nothing is left behind" "" "$(ours | xargs)"
    for port in "${PORTS[@]}"; do rm -f "${TMPDIR:-/tmp}/choreography-ports-$UID/$port"; done
    rm -rf "$WORK"
    printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
    exit $((status != 0 || FAILED > 0))
}

# Every object of this test's project.
ours() {
    docker ps --all --quiet --filter "$OURS"
    local kind
    for kind in volume network image; do docker "$kind" ls --quiet --filter "$OURS"; done
}

# ---- Helpers ----

passed() { PASSED=$((PASSED + 1)); printf '  %3d s  ok      %s\n' "$SECONDS" "$*"; }
failed() { FAILED=$((FAILED + 1)); printf '  %3d s  FAILED  %s\n' "$SECONDS" "$*"; }
# check WHAT COMMAND...
check() { local what=$1; shift; if "$@" >"$OUT" 2>&1; then passed "$what"; else failed "$what"; tail -n 60 "$OUT"; fi; }
# need WHAT COMMAND...: what comes after makes no sense without it
need() { local what=$1; shift; if "$@" >"$OUT" 2>&1; then passed "$what"; else tail -n 60 "$OUT"; die "$what: no"; fi; }
# said WHAT PATTERN: in the output of the last command
said() { if grep -qE -- "$2" "$OUT"; then passed "$1"; else failed "$1: '$2' is not in"; tail -n 30 "$OUT"; fi; }
# equal WHAT EXPECTED ACTUAL
equal() { if [[ $2 == "$3" ]]; then passed "$1"; else failed "$1: expected '$2', got '$3'"; fi; }

get() { curl -sS --max-time 10 "$@"; }
post() { curl -sS --max-time 10 -H "Idempotency-Key: test-$SRANDOM$SRANDOM" --json "$2" "$1"; }

image_of() { docker inspect -f '{{.Image}}' "$(container_of "$1")"; }
healthy() { [[ $(docker inspect -f '{{.State.Health.Status}}' "$(container_of "$1")") == healthy ]]; }
# All users that processes of this service run as.
users_of() { docker top "$(container_of "$1")" -eo pid,uid | awk 'NR > 1 { print $2 }' | sort -u | xargs; }
inside() { compose exec -T "$1" sh -c "$2" </dev/null; }
published() {
    # shellcheck disable=SC2046 # one word for each container
    docker inspect $(compose ps --all --quiet) |
        jq -r '.[].NetworkSettings.Ports | to_entries[] | .value[]? | .HostIp + ":" + .HostPort' | sort | xargs
}

# ---- Load and audit ----

# load_beside ARGUMENT...: orders for as long as the test likes, until end_load
load_beside() {
    "$BUILD/load" --order "$ORDER_URL" --payment "$PAYMENT_URL" --notify "$NOTIFY_URL" --flow tests/load/flows/mixed.flow \
        --seconds 3600 --give-up 60 --drain 120 --seed "$SRANDOM" --history "$WORK/history" --quiet "$@" >"$WORK/load.log" 2>&1 &
    LOAD=$!
}

# It starts nothing more; what is under way comes to its end.
end_load() {
    local result=0
    kill "$LOAD"
    wait "$LOAD" || result=$?
    LOAD=''
    tail -n 9 "$WORK/load.log" | sed 's/^/         /'
    equal "the load driver is content" 0 "$result"
}

# copy_database SERVICE PROGRAM FILE: by the operators' command, while it runs
copy_database() {
    inside "$1" "rm -f /data/copy.db && $2 ctl backup /data/copy.db" &&
        mkdir -p "${3%/*}" && quietly docker cp "$(container_of "$1"):/data/copy.db" "$3"
}

sql() { sqlite3 -readonly -bail "$1" "$2"; }

# nothing_pending FOLDER: in FOLDER/order-svc/order-svc.db and the other two
nothing_pending() {
    local name
    [[ $(sql "$1/order-svc/order-svc.db" "SELECT count(*) FROM orders WHERE closed_at IS NULL") == 0 ]] || return 1
    for name in order payment notify; do
        [[ $(sql "$1/$name-svc/$name-svc.db" "SELECT count(*) FROM v_outbox WHERE state = 'PENDING'") == 0 ]] || return 1
    done
}
