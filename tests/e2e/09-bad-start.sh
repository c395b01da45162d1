#!/usr/bin/env bash
# Goal: a service that must not start says why and what to do, in one line for each mistake, and its exit status tells a wrong
# command line (2) from what stands in its way (1). Needs no broker.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
set_new

# ---- helpers ----

# try SERVICE [SETTING=VALUE...] [-- ARGUMENT...]: sets STATUS and SAID; nothing that should not start runs on
try() {
    local program=$BUILD/$1-svc settings=()
    shift
    while (($#)) && [[ $1 != -- ]]; do settings+=("$1"); shift; done
    (($#)) && shift
    STATUS=0
    SAID=$(env KAFKA_BROKERS=127.0.0.1:1 HTTP_PORT=0 DATA_DIR="$SET_DIR/none" "${settings[@]}" \
        timeout 60 "$program" "$@" 2>&1) || STATUS=$?
}

# refuses WHAT STATUS "PART|PART..." SERVICE ...: as try, and what it has to say
refuses() {
    local what=$1 status=$2 parts part
    IFS='|' read -ra parts <<<"$3"
    shift 3
    try "$@"
    [[ $STATUS == "$status" ]] || fail "$what: exit status $STATUS instead of $status: $SAID"
    for part in "${parts[@]}"; do [[ $SAID == *"$part"* ]] || fail "$what: '$part' is not in: $SAID"; done
    ok "$what: exit $status, ${parts[*]}"
}

# ---- the command line ----

refuses "many mistakes at once" 2 \
    "HTTP_PORT: must be|PARTITIONS: must be|LOG_LEVEL: must be one of debug info warn error|FIRST_START: must be one of earliest latest|RELAY_SEND_TWICE: needs ALLOW_FAULTS=1|PAY_WITHIN: must be|HTTP_MAX_CONNECTIONS: must be|\"--no-such=1\"|\"run\"|--help lists" \
    order HTTP_PORT=99999 PARTITIONS=0 LOG_LEVEL=loud FIRST_START=never RELAY_SEND_TWICE=1 PAY_WITHIN=soon \
    -- --http-max-connections nine --no-such=1 run
equal "a line each" 10 "$(wc -l <<<"$SAID")"
check "nothing was made" test ! -e "$SET_DIR/none"
refuses "a flag without its value" 2 "HTTP_PORT: a value must follow" payment -- --http-port
refuses "a number with a letter" 2 "PARTITIONS: must be a whole number from 1 to 1000" notify PARTITIONS=12x
refuses "an empty number" 2 "HTTP_IDLE_TIMEOUT_MS: must be" notify HTTP_IDLE_TIMEOUT_MS=
refuses "an unknown channel" 2 "NOTIFY_CHANNEL: must be one of console webhook" notify NOTIFY_CHANNEL=pigeon
refuses "a webhook without an address" 2 'WEBHOOK_URL: must be http://HOST[:PORT][/PATH], not ""' notify NOTIFY_CHANNEL=webhook
refuses "an address that is none" 2 'WEBHOOK_URL: must be http://HOST[:PORT][/PATH], not "shop:80"' notify WEBHOOK_URL=shop:80
refuses "TLS" 2 "WEBHOOK_URL: must start with http://; for TLS give the address of a proxy" notify WEBHOOK_URL=https://shop/
refuses "all that is wrong with a webhook" 2 \
    "WEBHOOK_TIMEOUT_MS: must be|WEBHOOK_MAX_IN_FLIGHT: must be|WEBHOOK_URL: must have neither a user|WEBHOOK_BACKOFF_MAX_MS: must be at least WEBHOOK_BACKOFF_INTERVAL_MS, 5000" \
    notify WEBHOOK_URL=http://me@shop WEBHOOK_TIMEOUT_MS=1 WEBHOOK_MAX_IN_FLIGHT=0 WEBHOOK_BACKOFF_INTERVAL_MS=5000 -- --webhook-backoff-max-ms 4999
equal "a line each" 5 "$(wc -l <<<"$SAID")"
refuses "a ctl with the same mistake" 2 "WEBHOOK_URL: must be" notify NOTIFY_CHANNEL=webhook -- ctl ready
refuses "a webhook's --help without an address" 0 "WEBHOOK_URL |for TLS a proxy" notify NOTIFY_CHANNEL=webhook -- --help

for name in order payment notify; do
    refuses "$name-svc --help" 0 "usage: $name-svc|DATA_DIR |HTTP_PORT |KAFKA_BROKERS |[data/$name-svc]|ctl help" "$name" -- --help
    refuses "$name-svc --version" 0 "$name-svc schema |librdkafka |SQLite |libevent " "$name" -- --version
    refuses "$name-svc --reactions" 0 "$name-svc speaks on |event  |request  " "$name" -- --reactions
    try "$name" -- --schema
    equal "$name-svc --schema" 0 "$STATUS"
    check "is SQL" sqlite3 -bail "$SET_DIR/$name.schema" <<<"$SAID"
    refuses "$name-svc ctl" 2 "$name-svc ctl: a command is wanted: one of status, ready" "$name" -- ctl
    refuses "$name-svc ctl no-such" 2 "there is no command no-such" "$name" -- ctl no-such
    refuses "$name-svc ctl ready more" 2 "usage: ready" "$name" -- ctl ready more
    refuses "$name-svc ctl ready while it is down" 1 "$name-svc does not run: nobody listens on $SET_DIR/none/$name-svc.sock" \
        "$name" -- ctl ready
done
check "none of these made a folder" test ! -e "$SET_DIR/none"

# ---- a folder and a port that are in use ----

service_start order
refuses "ctl ready while it runs" 0 '{"status":"ready"' order DATA_DIR="$SET_DIR/order-svc" -- ctl ready
data=$SET_DIR/order-svc
refuses "a second process on the same folder" 1 "another process uses $data|stop it, or set another DATA_DIR" order DATA_DIR="$data"
refuses "a port that is taken" 1 "cannot listen on 127.0.0.1 port ${PORT[order]}|stop it or choose another port" \
    payment HTTP_PORT="${PORT[order]}" DATA_DIR="$SET_DIR/new"
check "the first one runs on" service_ready order
service_stop order
equal "and stops as it should" 0 "$EXIT_STATUS"
objects() { sqlite3 "$1" "SELECT sql FROM sqlite_schema ORDER BY name"; }
equal "its database is what --schema printed" "$(objects "$SET_DIR/order.schema")" "$(objects "$data/order-svc.db")"

# ---- a database that is another one ----

# copy: a folder of its own for each case, in $copy
copy() {
    rm -rf "$SET_DIR/copy"
    cp -r "$data" "$SET_DIR/copy"
    copy=$SET_DIR/copy
}
change() { sqlite3 "$copy/order-svc.db" "$1"; }

copy
mv "$copy/order-svc.db" "$copy/payment-svc.db"
refuses "another service's database" 1 "belongs to order-svc, this is payment-svc|give each service its own DATA_DIR" \
    payment DATA_DIR="$copy"
copy
refuses "another number of partitions" 1 "made for 12 partitions, PARTITIONS is 6|set it back" order DATA_DIR="$copy" PARTITIONS=6
refuses "another prefix" 1 'TOPIC_PREFIX=|"test.|set it back, or use a new DATA_DIR' order DATA_DIR="$copy" TOPIC_PREFIX=test.
change "UPDATE meta SET shard = 1, shards = 3"
refuses "another shard" 1 "is shard 1 of 3, this is shard 0 of 1|give each shard its own DATA_DIR" order DATA_DIR="$copy"
change "UPDATE meta SET shard = 0, shards = 1, schema_version = schema_version + 1"
known=$(sqlite3 -readonly "$data/order-svc.db" "SELECT schema_version FROM meta")
refuses "a newer schema" 1 "schema version $((known + 1)), this program knows $known|a newer one" order DATA_DIR="$copy"
change "DELETE FROM meta"
refuses "an empty meta" 1 "damaged|restore a backup" order DATA_DIR="$copy"
rm "$copy"/order-svc.db*
sqlite3 "$copy/order-svc.db" "CREATE TABLE recipes (name TEXT)"
before=$(sha256sum <"$copy/order-svc.db")
refuses "somebody else's database" 1 "not one of ours|use another DATA_DIR" order DATA_DIR="$copy"
equal "is left as it was" "recipes" "$(sqlite3 "$copy/order-svc.db" "SELECT group_concat(name) FROM sqlite_schema")"
rm "$copy"/order-svc.db*
head -c 20000 /dev/urandom >"$copy/order-svc.db"
before=$(sha256sum <"$copy/order-svc.db")
refuses "a file that is no database" 1 "order-svc.db|not a database" order DATA_DIR="$copy"
equal "is left as it was" "$before" "$(sha256sum <"$copy/order-svc.db")"

# ---- folders ----

copy
chmod 770 "$copy"
refuses "a folder that a group may write" 1 "others may write to DATA_DIR $copy|run chmod 700 $copy" order DATA_DIR="$copy"
chmod 702 "$copy"
refuses "a folder that everybody may write" 1 "others may write to DATA_DIR $copy|run chmod 700 $copy" order DATA_DIR="$copy"
echo >"$SET_DIR/file"
refuses "a folder that is a file" 1 "DATA_DIR $SET_DIR/file is not a folder" order DATA_DIR="$SET_DIR/file"
refuses "a folder in a file" 1 "cannot create|$SET_DIR/file" order DATA_DIR="$SET_DIR/file/data"
refuses "a folder in /proc" 1 "cannot create|/proc/none" order DATA_DIR=/proc/none/data

# ---- addresses and properties ----

refuses "an address that is none" 1 "cannot listen on localhost|127.0.0.1" order HTTP_ADDRESS=localhost DATA_DIR="$SET_DIR/newer"
file=$SET_DIR/kafka.properties
refuses "properties that are missing" 1 "cannot read $file" order KAFKA_PROPERTIES="$file"
printf '# comment\n\nsasl.password=hunter2\nno.such=hunter2\n' >"$file"
refuses "a property that there is not" 1 "$file:4|no.such" order KAFKA_PROPERTIES="$file"
check "does not show its value" test "${SAID/hunter2/}" == "$SAID"
printf 'security.protocol=hunter2\n' >"$file"
refuses "a property with a wrong value" 1 "$file:1|security.protocol" order KAFKA_PROPERTIES="$file"
check "does not show it" test "${SAID/hunter2/}" == "$SAID"
printf 'hunter2\n' >"$file"
refuses "a line that is no property" 1 "$file:1: name=value is wanted" order KAFKA_PROPERTIES="$file"
check "is not shown" test "${SAID/hunter2/}" == "$SAID"
printf 'sasl.password: hunter2==\n' >"$file"
refuses "a property of another notation" 1 "$file:1: name=value is wanted" order KAFKA_PROPERTIES="$file"
check "is not shown" test "${SAID/hunter2/}" == "$SAID"
for property in bootstrap.servers=other:9092 group.id=mine group.instance.id=1 enable.auto.commit=true auto.commit.enable=true \
    enable.auto.offset.store=true auto.offset.reset=latest enable.partition.eof=false enable.idempotence=false acks=0 \
    request.required.acks=1 ACKS=1 transactional.id=x message.timeout.ms=1000 delivery.timeout.ms=1000 retries=0 \
    message.send.max.retries=0 socket.timeout.ms=60000 allow.auto.create.topics=true log.queue=false; do
    echo "$property" >"$file"
    refuses "$property, which a promise rests on" 1 "$file:1: ${property%%=*} cannot be set here: " order KAFKA_PROPERTIES="$file"
done
printf 'max.in.flight=6\n' >"$file"
refuses "more requests under way than keep their order" 1 "makes no client of $file|max.in.flight" order KAFKA_PROPERTIES="$file"
printf 'security.protocol=ssl\nssl.ca.location=/nowhere.pem\n' >"$file"
refuses "a certificate that is not there" 1 "makes no client of $file|ssl.ca.location failed" order KAFKA_PROPERTIES="$file"
printf 'security.protocol=sasl_ssl\nsasl.mechanism=PLAIN\nsasl.username=me\n' >"$file"
refuses "a user without a password" 1 "makes no client of $file|sasl.password" order KAFKA_PROPERTIES="$file"
refuses "a folder" 1 "cannot read $SET_DIR: it is no plain file" order KAFKA_PROPERTIES="$SET_DIR"
check "a mistake of this kind makes no folder" test ! -e "$SET_DIR/none"
printf 'sasl.password=hunter2\nsocket.keepalive.enable=true\n' >"$file"
service_start order KAFKA_PROPERTIES="$file"
ok "a good file is taken"
check "with a warning, if others may read it" grep -q "others may read KAFKA_PROPERTIES: chmod 600 it" "$SET_DIR/order.log"
service_stop order
printf 'security.protocol=sasl_plaintext\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=me\nsasl.password=hunter2\n' >"$file"
service_start order KAFKA_PROPERTIES="$file"
service_stop order
version=$("$BUILD/order-svc" --version | sed 's/.*librdkafka \([0-9.]*\).*/\1/')
if printf '2.6.1\n%s\n' "$version" | sort --version-sort --check=quiet; then warned=0; else warned=1; fi
equal "a librdkafka that cannot log in to Kafka 4 by SCRAM says so: $version" "$warned" \
    "$(grep -c 'cannot log in to Kafka 4 by SCRAM' "$SET_DIR/order.log" || true)"
check "and its secret is nowhere in the log" test "$(grep -c hunter2 "$SET_DIR/order.log")" == 0
