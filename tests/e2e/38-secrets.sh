#!/usr/bin/env bash
# Goal: a token and passwords are nowhere but in their files: not in a log (librdkafka's own lines included), --help, metrics,
# status, an answer, an error message, the arguments or the environment of a process, or the database; whatever fails.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new
seen=$SET_DIR/seen          # all that anybody could have seen
mkdir "$seen"

# ---- the secrets ----

secrets=(token-5e1f0c9a7b password-93d1f7ab26 keyword-c04e8812fd former-77aa10be4c)
token=${secrets[0]} password=${secrets[1]} keyword=${secrets[2]} former=${secrets[3]}
umask 077
printf '%s\n' "$token" >"$SET_DIR/token"
printf 'sasl.username=somebody\nsasl.password=%s\nssl.key.password=%s\ndebug=conf,security\n' "$password" "$keyword" >"$SET_DIR/good.properties"
umask 022
settings=(HTTP_TOKEN_FILE="$SET_DIR/token" KAFKA_PROPERTIES="$SET_DIR/good.properties" LOG_LEVEL=debug)

# ---- starts that fail ----

# fails PROPERTIES [SETTING=VALUE...]: a start that does not come to work
fails() {
    local status=0
    (umask 077 && printf "$1" >"$SET_DIR/bad.properties")
    env KAFKA_BROKERS=127.0.0.1:1 HTTP_PORT=0 DATA_DIR="$SET_DIR/none" KAFKA_PROPERTIES="$SET_DIR/bad.properties" "${@:2}" \
        timeout 60 "$BUILD/order-svc" >>"$seen/starts" 2>&1 || status=$?
    [[ $status == 1 ]] || fail "status $status of a start with: $1"
}
fails "sasl.password $password\n"
fails "sasl.password:$password=\n"
fails "$password\n"
fails "$password=1\n"
fails "security.protocol=$password\n"
fails "sasl.password=$password\nacks=$password\n"
fails "sasl.username=somebody\nsasl.password=$password\nsasl.mechanism=NONE\nsecurity.protocol=sasl_ssl\n"
fails "security.protocol=ssl\nssl.key.pem=$keyword\n"
fails "security.protocol=ssl\nssl.ca.pem=$keyword\nssl.key.password=$keyword\n"
fails "sasl.password=$password\nssl.keystore.location=/nowhere\nssl.keystore.password=$keyword\nsecurity.protocol=ssl\n"
fails "$(printf 'x%.0s' {1..5000})$password=$password\n"
fails "sasl.password=$password\n" HTTP_TOKEN_FILE="$SET_DIR/none"
printf '%s\n' "$token $token" >"$SET_DIR/bad-token"
fails "" HTTP_TOKEN_FILE="$SET_DIR/bad-token"
chmod 600 "$SET_DIR/bad-token"
fails "" HTTP_TOKEN_FILE="$SET_DIR/bad-token"
for name in order payment notify; do
    env "${settings[@]}" "$BUILD/$name-svc" --help >>"$seen/help"
    env "${settings[@]}" "$BUILD/$name-svc" --no-such-setting >>"$seen/help" 2>&1 || true
done
contains "--help names the settings" HTTP_TOKEN_FILE "$(<"$seen/help")"
equal "each mistake was said in a line of its own" 14 "$(grep -c 'msg="cannot start"' "$seen/starts")"

# ---- a set that runs, and what goes wrong in it ----

# watch: the arguments and environments of all that runs
watch() {
    local pid
    for pid in "${PID[@]}" "${BESIDE[@]}"; do
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" >>"$seen/arguments" || true
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" >>"$seen/environments" || true
    done
}
set_start "${settings[@]}"
use_token "$SET_DIR/token"
account alice 1000
load_beside --seconds 2 --clients 4 --token-file "$SET_DIR/token"
eventually "the load driver runs" grep -qzx -e --token-file "/proc/$LOAD/cmdline"
watch
wait_for_load
for path in / /orders /metrics /readyz /healthz /openapi.yaml "/orders?access_token=$former" "/$former"; do
    curl -sS -i "$ORDER_URL$path" >>"$seen/answers"
    curl -q -sS -i -H "Authorization: Bearer $former" "$ORDER_URL$path" >>"$seen/answers"
    curl -q -sS -i -u "somebody:$former" "$ORDER_URL$path" >>"$seen/answers"
done
for name in order payment notify; do
    for word in status ready help 'outbox list' 'dead-letters list' shard; do
        # shellcheck disable=SC2086 # some are two words
        ctl "$name" $word >>"$seen/ctl" 2>&1 || true
    done
    get "$(url_of "$name")/metrics" >>"$seen/metrics"
    eventually "$name-svc is well" is_well "$name"
done
contains "librdkafka tells its properties, and hides these" "[redacted]" "$(grep -h sasl.password "$SET_DIR"/*.log | head -n 1)"

# A broker that is killed, users that it does not know, a service that crashes, a database that fails.
sed -i '/^debug/d; 1i security.protocol=sasl_plaintext\nsasl.mechanism=PLAIN' "$SET_DIR/good.properties"
service_stop payment
service_start payment "${settings[@]}"
refused() { [[ $(degraded payment) == "broker: "* ]]; }
eventually "a broker that does not know users is not well" refused
order alice 10 >/dev/null
ctl payment status >>"$seen/ctl"
watch
kill -SEGV "${PID[order]}"
reap order
broker_kill
eventually "the broker is away" eval '[[ $(degraded notify) == *"no broker can be reached"* ]]'
ctl notify status >>"$seen/ctl"
service_start order "${settings[@]}"
kill -ABRT "${PID[notify]}"
reap notify

# ---- nowhere ----

contains "arguments were looked at" "token-file" "$(<"$seen/arguments")"
cp "$SET_DIR"/*.log "$seen/"
[[ $BROKER != kafka ]] || cp "$SET_DIR/kafka/kafka.log" "$seen/"
cat "$SET_DIR"/{order,payment,notify}-svc/* >"$seen/data" 2>/dev/null || true
for secret in "${secrets[@]}"; do
    equal "${secret%-*}: nowhere" "" "$(grep -laF -e "$secret" "$seen"/* | xargs -r -n 1 basename)"
done
echo "      looked through $(cat "$seen"/* | wc -c) bytes: $(cd "$seen" && echo *)"
forget_token
