# What `make load` and `make audit` find running: the containers of deploy/compose.yaml, or services on the default ports.
# shellcheck shell=bash disable=SC2034 # who sources it reads what it sets

compose_set() { docker compose -f "$ROOT/deploy/compose.yaml" "$@" 2>/dev/null; }
containers_run() { command -v docker >/dev/null && [[ $(compose_set ps --quiet --status running order-svc) ]]; }

# Sets the three URLs. 1: nothing runs.
find_what_runs() {
    if containers_run; then
        ORDER_URL=http://$(compose_set port order-svc 8081)
        PAYMENT_URL=http://$(compose_set port payment-svc 8082)
        NOTIFY_URL=http://$(compose_set port notify-svc 8083)
    else
        ORDER_URL=http://127.0.0.1:8081 PAYMENT_URL=http://127.0.0.1:8082 NOTIFY_URL=http://127.0.0.1:8083
        runs "$ORDER_URL"
    fi
}

runs() { curl -sSf --max-time 2 -o /dev/null "$1/healthz" 2>/dev/null; }
