# Sourced by ./run: the profiles observability and load, against the set that is up.
# shellcheck shell=bash

# Prometheus in this set, with the same files but shorter times: a scrape a second, alerts after two.
watched() { compose -f "$WATCH/override.yaml" --profile observability "$@"; }
promtool() { watched exec -T prometheus /bin/promtool "$@"; }
ask_prometheus() { curl -sS --max-time 5 --get --data-urlencode "query=$1" "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/query"; }
answer_is() { [[ $(ask_prometheus "$1" | jq -r '.data.result[0].value[1]') == "$2" ]]; }
has_series() { ask_prometheus "$1" | jq -e '.status == "success" and (.data.result | length > 0)' >/dev/null; }
# firing ALERT SERVICE
firing() { has_series "ALERTS{alertname=\"$1\",service=\"$2\",alertstate=\"firing\"}"; }
not_firing() { ! has_series "ALERTS{alertname=\"$1\",service=\"$2\"}"; }
metrics_of() { local -n url=${1^^}_URL; get "$url/metrics"; }

prometheus_starts() {
    local file
    WATCH=$(mktemp -d)
    chmod 755 "$WATCH"
    for file in prometheus alerts; do
        sed -E 's/^(  (scrape|evaluation)_interval: ).*/\11s/; s/^(  scrape_timeout: ).*/\1900ms/; s/^( +for: ).*/\12s/' \
            "deploy/prometheus/$file.yml" >"$WATCH/$file.yml"
        chmod 644 "$WATCH/$file.yml"
    done
    printf 'services: { prometheus: { volumes: [%s, %s] } }\n' "\"$WATCH/prometheus.yml:/etc/prometheus/prometheus.yml:ro\"" \
        "\"$WATCH/alerts.yml:/etc/prometheus/alerts.yml:ro\"" >"$WATCH/override.yaml"
    need "Prometheus is up" watched up -d --wait --no-deps prometheus
    equal "it has a read-only root, no capabilities, no way to get some" 'true ["ALL"] ["no-new-privileges:true"]' \
        "$(docker inspect "$(container_of prometheus)" | jq -rc '.[0].HostConfig | "\(.ReadonlyRootfs) \(.CapDrop) \(.SecurityOpt)"')"
    check "its files are well formed" promtool check config /etc/prometheus/prometheus.yml
    check "all three services answer it" until_true 60 answer_is 'count(up{job="choreography"} == 1)' 3
}

# A record of no use: a dead letter in each service that hears it, until an operator has decided.
dead_letters_are_there() { for name in payment notify; do metrics_of "$name" | grep -qx 'dead_letters_open 1' || return 1; done; }
dead_letter_fires_and_is_decided() {
    local name
    inside kafka "echo junk | KAFKA_HEAP_OPTS=-Xmx128m /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server kafka:9092 --topic orders" \
        >"$OUT" 2>&1 || failed "junk cannot be sent: $(tail -n 3 "$OUT")"
    check "a record of no use is set aside" until_true 60 dead_letters_are_there
    for name in payment notify; do check "DeadLettersOpen fires for $name-svc" until_true 60 firing DeadLettersOpen "$name-svc"; done
    queries_are_answered
    for name in payment notify; do
        check "what its annotation says decides" compose exec -T "$name-svc" "$name-svc" ctl dead-letters discard 1 --why test
        check "and it is over" until_true 60 not_firing DeadLettersOpen "$name-svc"
    done
}

# What the walk finds on the metrics is what Prometheus finds; panels have something to show.
queries_are_answered() {
    local name expression asked=0 empty=() files=()
    for name in "${SERVICES[@]}"; do
        metrics_of "$name" >"$WATCH/$name.metrics"
        files+=("$WATCH/$name.metrics")
        check "promtool has nothing to say about the metrics of $name-svc" promtool check metrics <"$WATCH/$name.metrics"
    done
    check "dashboard and alerts ask for what is there" tests/compose/queries "${files[@]}"
    while read -r expression; do
        # shellcheck disable=SC2016 # Grafana's variables
        expression=${expression//'$__rate_interval'/30s}
        # shellcheck disable=SC2016
        expression=${expression//'$service'/.*}
        asked=$((asked + 1))
        [[ $(ask_prometheus "$expression" | jq -r .status) == success ]] || failed "Prometheus cannot answer $expression"
        [[ $expression == *' > '* || $expression == *' == '* || $expression == *' < '* ]] || until_true 10 has_series "$expression" || empty+=("$expression")
    done < <(tests/compose/queries --list)
    check "there are many" test "$asked" -gt 40
    equal "none of the panels is empty" "" "$(printf '%s\n' "${empty[@]}")"
    equal "Prometheus evaluates every alert of the file" "$(grep -c -- '- alert:' deploy/prometheus/alerts.yml) ok" \
        "$(curl -sS "http://127.0.0.1:$PROMETHEUS_PORT/api/v1/rules" | jq -r '[.data.groups[].rules[]] | "\(length) \([.[].health] | unique | join(","))"')"
}

stopped_service_fires_and_resolves() {
    compose stop payment-svc >"$OUT" 2>&1
    check "ServiceDown fires when payment-svc is stopped" until_true 60 firing ServiceDown payment-svc
    check "and for nobody else" not_firing ServiceDown order-svc
    service_start payment
    check "it is over when payment-svc is back" until_true 60 not_firing ServiceDown payment-svc
}

prometheus_ends() {
    watched rm --stop --force prometheus >"$OUT" 2>&1 || failed "Prometheus does not end"
    rm -rf "$WATCH"
}

# The driver and the auditor as containers: their exit status tells.
play_customers() { compose --profile load run --build --rm --quiet-pull load; }
load_plays_customers() {
    local status=0 round
    for round in first second; do
        check "a $round run of the load driver loses nothing" play_customers
        said "it says so" '^good'
        sed -n 's/^ *\(ended .*\)/         \1/p' "$OUT"
    done
    LOAD_FLOW=none play_customers >"$OUT" 2>&1 || status=$?
    equal "a flow that is not there is named" 2 "$status"
    said "in plain words" 'cannot read /flows/none.flow'
    check "the auditor reads databases and topics while all is at work" compose --profile audit run --build --rm --quiet-pull audit
    printf '         %s\n' "$(tail -n 1 "$OUT")"
}
