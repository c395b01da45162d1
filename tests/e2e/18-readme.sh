#!/usr/bin/env bash
# Goal: the commands of the README work as written. Each shell block has a word that says where it runs.
. "$(dirname "$0")/lib.sh"

skip_unless embedded "the README starts the embedded broker by hand"

# The lines of the blocks that open with ```sh WORD.
block() { sed -n "/^\`\`\`sh $1\$/,/^\`\`\`\$/p" "$ROOT/README.md" | grep -v '^```'; }
blocks() { grep -c '^```sh' "$ROOT/README.md"; }

equal "the README has the blocks that are tested here and elsewhere" 7 "$(blocks)"
# `sh` without a word: the two commands that everything starts with; this script is part of one of them. The blocks for
# containers are run by tests/compose/run and tests/compose/cluster; what `make load` and `make audit` run, by 46-make-load.
equal "the first block is what the other tests run" "make demo STAY=0 make test" \
    "$(sed -n '/^```sh$/,/^```$/p' "$ROOT/README.md" | grep -v '^```' | xargs)"
equal "the block about load" "make load make audit" "$(block load | xargs)"
check "their targets exist" eval 'make -C "$ROOT" -n demo test load audit >/dev/null'

# The blocks that name default ports run on this set's ports.
set_new
translate() {
    sed -e "s/127.0.0.1:8081/127.0.0.1:${PORT[order]}/g; s/127.0.0.1:8082/127.0.0.1:${PORT[payment]}/g" \
        -e "s/127.0.0.1:8083/127.0.0.1:${PORT[notify]}/g; s/port 9092/port ${PORT[broker]}/" \
        -e "s#^build/#$BUILD/#"
}
while read -r line; do
    name=$(sed -n 's#.*/\([a-z]*\)-svc$#\1#p' <<<"$line")
    case $line in
        */devbroker*) $line >"$SET_DIR/broker.log" 2>&1 & PID[broker]=$! ;;
        *) DATA_DIR="$SET_DIR/$name-svc" HTTP_PORT=${PORT[$name]} KAFKA_BROKERS=$BROKERS $line >"$SET_DIR/$name.log" 2>&1 &
           PID[$name]=$! ;;
    esac
done < <(block by-hand | translate)
for name in order payment notify; do
    eventually "$name-svc started by hand is ready" service_ready "$name"
done
while read -r line; do
    out=$(eval "${line/curl /curl -fsS }") || fail "$line"
    check "${line:0:60}…" test -n "$out"
    [[ $line != *first-order* ]] || id=$(field order_id "$out")
done < <(block default-ports | translate)
eventually "the order of the README is PAID" is_closed "$id" PAID
check "the database can be read while it runs" test -n "$(sqlite3 -readonly "$SET_DIR/order-svc/order-svc.db" 'SELECT * FROM v_outbox')"
for name in order payment notify; do
    for flag in --reactions --schema --help; do
        check "$name-svc $flag" test -n "$("$BUILD/$name-svc" $flag)"
    done
done

# Every file and function that the documents name is there.
missing=0
for path in $(grep -ohE '(^|[^A-Za-z0-9_/-])(common|order-svc|payment-svc|notify-svc|deploy|tests)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*]' \
    "$ROOT"/{README,DESIGN,EVENTS,FAULTS}.md "$ROOT"/*-svc/README.md | sed 's/^[^a-z]//; /\*/d' | sort -u); do
    [[ -e $ROOT/$path ]] || { echo "not there: $path"; missing=1; }
done
check "every file that the documents name exists" test $missing == 0
for name in $(grep -ohE '`[a-z_]+`' "$ROOT/README.md" | tr -d '`' | grep _ | sort -u); do
    grep -rqw "$name" "$ROOT/common" "$ROOT"/*-svc || { echo "not there: $name"; missing=1; }
done
check "every function that the README names exists" test $missing == 0
