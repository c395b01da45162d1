#!/usr/bin/env bash
# Goal: on a Kafka with TLS, SCRAM-SHA-512 and ACLs, set up as deploy/security says, orders flow and each service may do only
# what it needs. A wrong password, a certificate that nobody trusts, a topic that may not be seen, read or written: readiness
# and log say which, requests are taken all the same, and once it is cured things go on by themselves and nothing is lost.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
skip_unless kafka "the embedded broker has neither users nor certificates"
set_new
keys=$SET_DIR/kafka
mkdir -p "$keys"

# librdkafka before 2.6.1 cannot log in to Kafka 4 by SCRAM: the services use PLAIN there, Kafka's own clients SCRAM always.
version=$("$BUILD/order-svc" --version | sed 's/.*librdkafka \([0-9.]*\).*/\1/')
mechanism=SCRAM-SHA-512
printf '2.6.1\n%s\n' "$version" | sort --version-sort --check=quiet || mechanism=PLAIN
echo "  the services log in by $mechanism (librdkafka $version)"

# ---- certificates, users, properties ----

# authority NAME: makes NAME.pem and NAME.key
authority() { openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$keys/$1.key" -out "$keys/$1.pem" 2>/dev/null; }
authority authority
authority stranger
openssl req -newkey rsa:2048 -nodes -subj /CN=broker -keyout "$keys/broker.key" -out "$keys/broker.csr" 2>/dev/null
openssl x509 -req -in "$keys/broker.csr" -CA "$keys/authority.pem" -CAkey "$keys/authority.key" -CAcreateserial -days 2 \
    -extfile <(echo 'subjectAltName=IP:127.0.0.1') -out "$keys/broker.crt" 2>/dev/null
cat "$keys/broker.key" "$keys/broker.crt" >"$keys/broker.pem"

umask 077
for user in admin broker order-svc payment-svc notify-svc; do echo "$user=secret-of-$user"; done >"$SET_DIR/users"
sed "s/CONTROLLER_PORT/${PORT[controller]}/; s/PORT/${PORT[broker]}/; s/PASSWORD/secret-of-broker/" \
    "$ROOT/deploy/security/broker.properties" >"$SET_DIR/broker.properties"
if [[ $mechanism == PLAIN ]]; then
    echo "sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN"
    printf 'listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required'
    sed 's/\(.*\)=\(.*\)/ user_\1="\2"/' "$SET_DIR/users" | tr -d '\n'
    echo ';'
fi >>"$SET_DIR/broker.properties"
cat >"$SET_DIR/tools.properties" <<END
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="secret-of-admin";
ssl.truststore.type=PEM
ssl.truststore.location=$keys/authority.pem
END
# properties USER [PASSWORD [AUTHORITY]]: its file, written anew
properties() {
    sed "s/SCRAM-SHA-512/$mechanism/; s/=USER/=$1/; s/=PASSWORD/=${2:-secret-of-$1}/; s|authority.pem|$keys/${3:-authority}.pem|" \
        "$ROOT/deploy/security/service.properties" >"$SET_DIR/$1.properties"
}
for user in admin order-svc payment-svc notify-svc; do properties "$user"; done
umask 022

# ---- helpers ----

grant() { "$ROOT/deploy/security/grant" --address "$BROKERS" --properties "$SET_DIR/admin.properties" "$@" >>"$SET_DIR/grant.log" 2>&1; }
start_secured() { service_start "$1" KAFKA_PROPERTIES="$SET_DIR/$1-svc.properties"; }
is_degraded() { [[ $(degraded "$1") == *"$2"* ]]; }
ctl_says() { [[ $(ctl "$1" status) == *"$2"* ]]; }
# says SERVICE TEXT: in /readyz, in ctl status, and as a line of the log
says() {
    eventually "/readyz of $1-svc: $2" is_degraded "$1" "$2"
    eventually "ctl status says so" ctl_says "$1" "$2"
    check "and the log" grep -qF "${3:-$2}" "$SET_DIR/$1.log"
    equal "it takes requests" 200 "$(status_of "$(url_of "$1")/readyz")"
}

"$ROOT/deploy/kafka/start" --dir "$keys" --port "${PORT[broker]}" --controller-port "${PORT[controller]}" \
    --properties "$SET_DIR/broker.properties" --users "$SET_DIR/users" >>"$SET_DIR/broker.log"
PID[broker]=$(cat "$keys/kafka.pid")
# shellcheck disable=SC2046 # one word for each topic
"$ROOT/deploy/kafka/topics" --address "$BROKERS" --properties "$SET_DIR/admin.properties" $(topics) >>"$SET_DIR/broker.log"
ok "a broker with TLS, users and ACLs; its topics"

check "who shows no password gets nothing" eval '! timeout 5 kcat -b "$BROKERS" -X security.protocol=ssl \
    -X ssl.ca.location="$keys/authority.pem" -L -m 2 >/dev/null 2>&1'

# ---- what is not granted ----

start_secured notify
says notify "our user may not see topic orders: grant it Describe"
if [[ $mechanism == PLAIN ]]; then
    check "Kafka's own tools log in by SCRAM" "$ROOT/deploy/kafka/tool" topics --bootstrap-server "$BROKERS" \
        --command-config "$SET_DIR/tools.properties" --describe --topic orders >"$SET_DIR/tool.log"
fi
grant payment-svc notify-svc order-svc:see order-svc:read || fail "cannot grant: $(tail -n 3 "$SET_DIR/grant.log")"
eventually "once it is granted notify-svc goes on" is_well notify
start_secured order
start_secured payment
eventually "payment-svc is well" is_well payment
account alice 100000
first=$(order alice 10)
says order "relay: our user may write to no topic: grant it Write" "our user may write to no topic: all rows wait"
equal "the order waits" CREATED "$(status "$first")"
check "while few producers are tried" test "$(metric order relay_rebuilt_total)" -lt 20
grant order-svc:write || fail "cannot grant"
eventually "granted, it is PAID" is_closed "$first" PAID
eventually "and order-svc is well" is_well order

# ---- what is taken away ----

grant --revoke order-svc:write || fail "cannot revoke"
waiting=$(order alice 10)
says order "orders: TOPIC_AUTHORIZATION_FAILED" 'msg="a topic takes nothing: its rows wait" topic=orders why=TOPIC_AUTHORIZATION_FAILED'
equal "the order waits" CREATED "$(status "$waiting")"
grant order-svc:write || fail "cannot grant"
eventually "granted again, it is PAID" is_closed "$waiting" PAID
eventually "and order-svc is well" is_well order

# A fetch that waits at the broker was allowed when it came, and may still be answered: the order comes after the first refusal.
grant --revoke order-svc:read || fail "cannot revoke"
says order "our user may not read it" "a topic gives us nothing: our user may not read it"
second=$(order alice 20)
charged() { [[ $(balance alice) == "$1" ]]; }
eventually "an order is charged" charged 99960
equal "the answer is not heard" CREATED "$(status "$second")"
grant order-svc:read || fail "cannot grant"
eventually "granted again, it is PAID" is_closed "$second" PAID
eventually "and order-svc is well" is_well order

# ---- least privilege ----

# is_forbidden WHAT USER KCAT_ARGUMENT...
is_forbidden() {
    local what=$1 said
    shift
    said=$(echo '{}' | timeout 60 kcat -b "$BROKERS" -F "$SET_DIR/$1.properties" "${@:2}" 2>&1 || true)
    contains "$what" "authorization failed" "${said,,}"
}
is_forbidden "order-svc cannot say what payment-svc says" order-svc -P -t payments -p 0 -k x
is_forbidden "payment-svc cannot say what order-svc says" payment-svc -P -t orders -p 0 -k x
is_forbidden "notify-svc cannot cancel orders" notify-svc -P -t orders -p 0 -k x
is_forbidden "payment-svc cannot read notifications" payment-svc -C -t notifications -p 0 -o beginning -e
is_forbidden "order-svc cannot read what it says" order-svc -C -t orders -p 0 -o beginning -e

# ---- a wrong password, a stranger's certificate ----

service_stop payment
properties payment-svc wrong-secret
start_secured payment
says payment "it does not let us in: look at sasl.username, sasl.password and sasl.mechanism in KAFKA_PROPERTIES"
third=$(order alice 30)
properties payment-svc
eventually "with the right one in the file it goes on, without a restart" is_closed "$third" PAID
eventually "payment-svc is well" is_well payment

service_stop notify
properties notify-svc "" stranger
start_secured notify
says notify "TLS with it fails: look at ssl.ca.location in KAFKA_PROPERTIES"
fourth=$(order alice 40)
eventually "others go on: an order is PAID" is_status "$fourth" PAID
properties notify-svc
eventually "with the right one it is closed" is_closed "$fourth" PAID

# ---- the broker is restarted under load ----

load_beside --seconds 3600 --rate 60 --drain 100 --give-up 100
had=$(sql order "SELECT count(*) FROM orders")
are_more() { (($(sql order "SELECT count(*) FROM orders") > had + 60)); }
eventually "there is load" are_more
broker_kill
"$ROOT/deploy/kafka/start" --dir "$keys" --port "${PORT[broker]}" --controller-port "${PORT[controller]}" \
    --properties "$SET_DIR/broker.properties" >>"$SET_DIR/broker.log"
PID[broker]=$(cat "$keys/kafka.pid")
end_load
audit --properties "$SET_DIR/admin.properties"
equal "no line of any log has a password" "" "$(grep -l -e secret-of -e wrong-secret "$SET_DIR"/*.log "$keys/kafka.log" || true)"
