# The set in containers: sourced after set.sh, it says the same functions again for what compose.yaml describes.
#
# A set that is up already is used as it is, and left up. One that had to be started is taken down at the end; volumes
# that were there before stay, as all do with KEEP=1. COMPOSE_PROJECT_NAME and the variables in compose.yaml choose
# another set than the default one.
#
# Settings given to service_start go into the container's environment, whether compose.yaml names them or not; the next
# start without them takes them out again. SET_DIR is no folder here: the data is in volumes.
# shellcheck shell=bash disable=SC2034 # BROKER, BROKERS and the addresses are for the script that sources this

BROKER=kafka
PROJECT=${COMPOSE_PROJECT_NAME:-choreography}
AT_THE_END=nothing      # or down, or forget: down with the volumes
declare -A CHANGED      # services that run with settings of ours

# With HTTP_TOKEN_FILE the services want its token.
compose() { TOKEN_SECRET=${HTTP_TOKEN_FILE:+$(realpath "$HTTP_TOKEN_FILE")} docker compose -f "$ROOT/deploy/compose.yaml" ${HTTP_TOKEN_FILE:+-f "$ROOT/deploy/compose.token.yaml"} "$@"; }

# Says nothing unless the command fails.
quietly() {
    local said
    said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}

is_running() { compose ps --services --status running 2>/dev/null | grep -qx -e "$1" -e "$1-svc"; }

container_of() { compose ps --all --quiet "$1"; }

# Where the services answer on this host. Exported so that a container made anew gets the same port again.
find_addresses() {
    local name address
    local -A inside=([order]=8081 [payment]=8082 [notify]=8083)
    for name in order payment notify; do
        address=$(compose port "$name-svc" "${inside[$name]}") || die "$name-svc has no address on this host"
        printf -v "${name^^}_URL" 'http://%s' "$address"
        export "${name^^}_PORT=${address##*:}"
    done
}

set_new() {
    docker compose version >/dev/null 2>&1 || die "this needs docker with its compose plugin"
    docker info >/dev/null 2>&1 || die "docker does not answer: is its engine running, and may you use it?"
    SET_DIR="the volumes of $PROJECT"
    BROKERS=kafka:9092
    ORDER_URL=http://127.0.0.1:${ORDER_PORT:-8081}
    PAYMENT_URL=http://127.0.0.1:${PAYMENT_PORT:-8082}
    NOTIFY_URL=http://127.0.0.1:${NOTIFY_PORT:-8083}
}

# ---- the broker ----

broker_start() { quietly compose up -d --wait --no-deps --no-build kafka || die "the broker did not get ready"; }
broker_stop() { quietly compose stop kafka; }
broker_kill() { quietly compose kill -s KILL kafka; }     # stays dead until broker_start
broker_pause() { quietly compose pause kafka; }
broker_resume() { quietly compose unpause kafka; }

# ---- services ----

service_ready() {
    local -n url=${1^^}_URL
    curl -sf -o /dev/null --max-time 2 "$url/readyz"
}

# What compose reads on top of compose.yaml: NAME SETTING=VALUE...
with_settings() {
    local name=$1 pair settings=''
    shift
    for pair in "$@"; do settings+="${settings:+, }\"${pair%%=*}\": \"${pair#*=}\""; done
    printf '{"services": {"%s-svc": {"environment": {%s}}}}\n' "$name" "$settings"
}

# The container as it is; made anew only if its settings change. (Compose takes --no-deps for a change as well.)
service_start() {
    local name=$1
    shift
    if (($#)) || [[ ${CHANGED[$name]-} ]]; then
        with_settings "$name" "$@" | quietly compose -f - up -d --no-deps --no-build "$name-svc"
    else
        quietly docker start "$(container_of "$name-svc")"
    fi || die "$name-svc did not start"
    if (($#)); then CHANGED[$name]=1; else unset "CHANGED[$name]"; fi
    until_true 30 service_ready "$name" ||
        die "$name-svc did not get ready; the end of its log:" "$(compose logs --no-log-prefix --tail 5 "$name-svc")"
}

# A clean stop: EXIT_STATUS is 0 then.
service_stop() {
    quietly compose stop "$1-svc"
    EXIT_STATUS=$(docker inspect -f '{{.State.ExitCode}}' "$(container_of "$1-svc")")
}

# SIGKILL from inside, as an accident would be: `docker kill` counts as a stop that was wanted, and the restart policy
# leaves the container alone then. So it comes back by itself, and service_start only waits for it. The shell that
# kills dies with the container, which is why this ends when the service has.
service_kill() {
    # shellcheck disable=SC2016 # for the shell in there
    compose exec -T "$1-svc" sh -c '
        for process in /proc/[1-9]*; do
            if [ "$(cat "$process/comm" 2>/dev/null)" = "$SERVICE" ]; then kill -KILL "${process#/proc/}"; fi
        done
        sleep 10' >/dev/null 2>&1 </dev/null || true
}

# ---- the set ----

all_running() {
    local name
    for name in kafka order payment notify; do is_running "$name" || return 1; done
}

set_start() {
    local name
    if ! all_running; then
        if [[ ! $(compose ps --quiet) ]]; then
            AT_THE_END=down
            [[ $(docker volume ls --quiet --filter "label=com.docker.compose.project=$PROJECT") ]] || AT_THE_END=forget
        fi
        echo "  building and starting containers: a few minutes the first time, seconds later on"
        if [[ -t 2 ]]; then compose up --build --wait
        else quietly compose --ansi never up --build --wait; fi || die "the containers did not start"
    fi
    find_addresses
    for name in order payment notify; do
        if (($#)); then service_start "$name" "$@"; fi
    done
}

set_stop() {
    local name down=()
    if [[ $AT_THE_END == nothing ]]; then
        for name in "${!CHANGED[@]}"; do service_start "$name"; done
        return
    fi
    if [[ $AT_THE_END == forget && ${KEEP-} != 1 ]]; then down=(--volumes); fi
    quietly compose down "${down[@]}"
    AT_THE_END=nothing
}
