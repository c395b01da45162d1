#!/usr/bin/env bash
# Goal: deploy/.env.example lists exactly the variables of the compose files, each with the default that compose and the
# program have; without docker the commands for containers say what to do.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
skip_unless embedded "it needs no broker"
set_new

# ---- helpers ----

# NAME=default of each variable in the compose files; twice if they disagree.
in_compose() {
    grep -hv "^ *#" "$ROOT"/deploy/compose*.yaml | grep -oP '(?<!\$)\$\{[A-Z0-9_]+(:-[^}]*)?\}' |
        sed -E 's/^\$\{([A-Z0-9_]+)(:-)?(.*)\}$/\1=\3/' | sort -u
}
in_example() { sed -nE 's/^#?([A-Z0-9_]+=.*)/\1/p' "$ROOT/deploy/.env.example" | sort; }
names() { cut -d = -f 1 | sort; }

# NAME=default of each setting of a service.
in_help() { "$BUILD/$1-svc" --help | sed -nE 's/^  ([A-Z_]+) .*\[([^] ]*).*\]$/\1=\2/p'; }

# The variables of compose that a service has as settings, with its own defaults; ports are settings by another name.
of_services() { for name in order payment notify; do in_help "$name"; done | sort -u | grep -E "^($(in_compose | names | paste -sd '|'))="; }

# ---- variables ----

equal "no variable has two defaults" "" "$(in_compose | names | uniq -d)"
equal ".env.example lists what compose uses, and nothing else" "$(in_compose | names)" "$(in_example | names)"
equal "with the defaults that compose has" "$(in_compose)" "$(in_example)"
equal "none of them is set: the file is a list" "" "$(grep -E '^[A-Z0-9_]+=' "$ROOT/deploy/.env.example" || true)"
equal "settings have the programs' defaults" "$(of_services)" "$(in_compose | grep -E "^($(of_services | names | paste -sd '|'))=")"
check "and they are many" test "$(of_services | wc -l)" -ge 20
for name in order payment notify; do
    equal "${name^^}_PORT is where $name-svc listens by itself" "$(in_help "$name" | sed -n 's/^HTTP_PORT=//p')" \
        "$(in_example | sed -n "s/^${name^^}_PORT=//p")"
done
equal "each has a word of explanation or stands beside one that has" "" \
    "$(awk '/^#[A-Z0-9_]+=/ { if (!said) print; next } { said = /^# / }  /^$/ { said = 0 } ' "$ROOT/deploy/.env.example" |
        grep -vE '^#((ORDER|PAYMENT|NOTIFY|GRAFANA)_PORT|(KAFKA|PROMETHEUS|GRAFANA|SERVICE|CLUSTER_SERVICE)_MEMORY|(PAYMENT|NOTIFY)_[01]_PORT|LOAD_SECONDS)=' || true)"

# ---- alerts and their commands ----

commands=$(for name in order payment notify; do "$BUILD/$name-svc" ctl help; done)
for command in $(grep -oP 'ctl (status\b|timeline\b|[a-z-]+( [a-z]+)?)' "$ROOT/deploy/prometheus/alerts.yml" | sed 's/^ctl //; s/ /_/' | sort -u); do
    contains "alerts name a command that is there: ${command/_/ }" "${command/_/ }" "$commands"
done

# ---- no docker ----

mkdir "$SET_DIR/bin"
for tool in bash env cat dirname sed awk; do ln -s "$(command -v $tool)" "$SET_DIR/bin/"; done
for command in up down logs stats; do
    status=0
    out=$(PATH=$SET_DIR/bin bash "$ROOT/deploy/containers" "$command" 2>&1) || status=$?
    equal "$command without docker fails" 1 "$status"
    contains "and says what to do" "docker is not installed: https://docs.docker.com/engine/install/" "$out"
done
printf '#!/usr/bin/env bash\n[[ $1 == compose ]] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }\n' >"$SET_DIR/bin/docker"
chmod +x "$SET_DIR/bin/docker"
contains "an engine that is not running is named" "docker does not answer" "$(PATH=$SET_DIR/bin bash "$ROOT/deploy/containers" up 2>&1 || true)"
contains "a word that is no command lists those there are" "containers stats" "$(bash "$ROOT/deploy/containers" go 2>&1 || true)"

# ---- Grafana cannot be run everywhere: its files fit each other ----

dashboard=$ROOT/deploy/grafana/dashboards/choreography.json
provisioning=$ROOT/deploy/grafana/provisioning
uid=$(sed -n 's/^ *uid: //p' "$provisioning/datasources/prometheus.yml")
path=$(sed -nE 's/^.*path: ([^ ]+) .*/\1/p' "$provisioning/dashboards/files.yml")
equal "all queries go to the datasource that is provisioned" "$uid" \
    "$(jq -r '.. | objects | select(.type? == "prometheus") | .uid' "$dashboard" | sort -u)"
contains "dashboards are mounted where they are looked for" "./grafana/dashboards:$path:ro" "$(<"$ROOT/deploy/compose.yaml")"
contains "the first page is the dashboard" "HOME_DASHBOARD_PATH: $path/$(basename "$dashboard")" "$(<"$ROOT/deploy/compose.yaml")"
contains "Prometheus is asked where it listens" "url: http://prometheus:9090" "$(<"$provisioning/datasources/prometheus.yml")"
equal "every panel has a number, a title, words, a unit and a question" 0 \
    "$(jq '[.panels[] | select((.id and .title and .description and .fieldConfig.defaults.unit and (.targets | length > 0)) | not)] | length' "$dashboard")"
equal "no two have the same number or place" 0 \
    "$(jq '.panels as $all | [$all[] | . as $a | $all[] | . as $b | select($a.id < $b.id or ($a.id == $b.id and $a.title < $b.title))
        | select($a.id == $b.id or (($a.gridPos.x < $b.gridPos.x + $b.gridPos.w) and ($b.gridPos.x < $a.gridPos.x + $a.gridPos.w)
            and ($a.gridPos.y < $b.gridPos.y + $b.gridPos.h) and ($b.gridPos.y < $a.gridPos.y + $a.gridPos.h)))] | length' "$dashboard")"
