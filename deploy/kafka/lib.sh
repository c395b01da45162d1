# lib.sh: what start, stop, topics and tool share: messages, the JVM, and the broker's four moments
# (configure, launch, answer, end). Sourced, never run.
# shellcheck shell=bash

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
export LC_ALL=C.UTF-8    # the JVM reads file names by it, bash writes decimal points by it

# ---- Messages: results go to standard output, everything else to standard error

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }
misused() { say "$*; ${0##*/} --help tells more"; exit 2; }

# value OPTION VALUE …: prints the option's value. port OPTION VALUE …: the same for a port.
value() { [[ -n ${2-} ]] || misused "$1 needs a value"; printf '%s' "$2"; }
port() {
    [[ ${2-} =~ ^[1-9][0-9]{0,4}$ && ${2-} -le 65535 ]] || misused "$1 needs a port, 1 to 65535"
    printf '%s' "$2"
}

# ---- The cache

kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
[[ ${KAFKA_CACHE-}${XDG_CACHE_HOME-}${HOME-} ]] || die "where is the cache? set KAFKA_CACHE or HOME"
cache=${KAFKA_CACHE:-${XDG_CACHE_HOME:-${HOME-}/.cache}/choreography/kafka-$kafka_version}
cache=$(realpath -m -- "$cache")

make_cache() {
    mkdir -p -- "$cache" 2>/dev/null || true
    [[ -d $cache && -w $cache ]] ||
        die "cannot write to the cache, $cache; KAFKA_CACHE sets another folder"
}

# compile NAME: NAME.c into the cache, at first use; sets program.
compile() {
    program=$cache/$1-$(cat "$here/$1.c" "$here/properties.h" | cksum | cut -d ' ' -f 1)
    [[ ! -x $program ]] || return 0
    command -v "${CC:-cc}" >/dev/null || die "there is no ${CC:-cc} (Debian: apt-get install gcc libc6-dev librdkafka-dev)"
    make_cache
    "${CC:-cc}" -std=c11 -O1 -Wall -Wextra -o "$program.$$" "$here/$1.c" -lrdkafka ||
        die "$1.c does not compile (Debian: apt-get install gcc libc6-dev librdkafka-dev)"
    mv "$program.$$" "$program"
}

# ---- The JVM

# Sets jvm, the beginning of every java command here: its first compiler only, since a broker of a test is stopped before
# the second one has paid off. The archive of loaded classes belongs to one
# build of java: another java gets another archive.
find_java() {
    local java=${JAVA_HOME:+$JAVA_HOME/bin/}java build
    local advice="Kafka $kafka_version needs java 17 or later (Debian: apt-get install default-jre-headless)"
    build=$("$java" -version 2>&1) || die "there is no $java; $advice"
    [[ $build =~ version\ \"([0-9]+) && ${BASH_REMATCH[1]} -ge 17 ]] ||
        die "$java is too old: ${build%%$'\n'*}; $advice"
    archive=$cache/classes-$(cksum <<<"$build" | cut -d ' ' -f 1).jsa
    # -Xlog: a JVM that finds its archive unfit says so on standard output, amid a tool's results.
    jvm=("$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xlog:disable -Xlog:all=error:stderr
        -Dlog4j2.configurationFile="$here/log4j2.properties")
}

# Completes jvm once the jars are there.
find_jars() {
    local jars
    jars=$(printf '%s:' "$cache"/jars/*.jar)
    jvm+=(-cp "${jars%:}")
    if [[ -s $archive ]]; then jvm+=(-XX:SharedArchiveFile="$archive"); fi
}

# ---- The broker: one folder each, with server.properties, data/, kafka.log and kafka.pid

# configure DIR PORT CONTROLLER_PORT CLUSTER_ID [PROPERTIES [USERS]]: writes server.properties, and formats
# data/ unless that was done before. The paths in there are relative: the broker runs in DIR. Of two lines
# for one property the later one counts. What may hold passwords is for its owner only.
configure() {
    (umask 077 && : >>"$1/server.properties")
    cat >"$1/server.properties" <<EOF
# Written by deploy/kafka/start at each start.
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:$3
log.dirs=data
log.cleanup.policy=delete
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
# A broker that was killed may register again only when its last session has run out (9 s by default).
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=250
# 128 MB by default, all touched at start; only __consumer_offsets is ever compacted.
log.cleaner.dedupe.buffer.size=4194304
EOF
    if [[ ${DURABLE-} == 1 ]]; then echo log.flush.interval.messages=1 >>"$1/server.properties"; fi
    if [[ ${5-} ]]; then cat "$5" >>"$1/server.properties"; fi
    [[ -e $1/data/meta.properties ]] || format "$1" "$4" "${6-}"
}

# format DIR CLUSTER_ID USERS: passwords go to the JVM in a file of arguments, where ps does not show them.
format() (
    cd "$1" || exit
    umask 077
    {
        printf '%s\n' kafka.tools.StorageTool format --cluster-id "$2" --config server.properties
        if [[ $3 ]]; then
            sed -nE 's/^([A-Za-z0-9._-]+)=(.+)$/--add-scram\nSCRAM-SHA-512=[name=\1,password=\2]/p' "$3"
        fi
    } >format.arguments
    "${jvm[@]}" @format.arguments >>kafka.log 2>&1
    status=$?
    rm -f format.arguments
    exit $status
)

# cluster_of DIR: the cluster id that data/ was formatted with, nothing if it was not.
cluster_of() { sed -n 's/^cluster.id=//p' "$1/data/meta.properties" 2>/dev/null || true; }

# launch DIR [JVM_OPTION …]: starts the broker in a session of its own. It keeps no descriptor of
# ours: a lock or a pipe held by a broker would block others for as long as it runs.
launch() (
    cd "$1" || exit
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        if ((fd > 2)); then exec {fd}>&-; fi
    done
    exec </dev/null >>kafka.log 2>&1
    # The value of kafka.dir is for runs() and for people who read ps.
    # shellcheck disable=SC2086 # several options
    setsid "${jvm[@]}" -Xms128m -Xmx"${KAFKA_HEAP:-1g}" ${KAFKA_JVM-} "${@:2}" \
        -Dlog.level=INFO -Dkafka.dir="$1" kafka.Kafka server.properties &
    echo $! >kafka.pid
)

# runs DIR: whether DIR's broker runs; sets pid. A pid alone proves nothing, it may be someone else's.
runs() {
    pid=$(cat "$1/kafka.pid" 2>/dev/null) && [[ -n $pid ]] &&
        grep -qzFx -- "-Dkafka.dir=$1" "/proc/$pid/cmdline" 2>/dev/null
}

# ended PID: whether the process is gone, with its last thread; one that its parent has not waited
# for counts as gone.
ended() {
    local status
    status=$(cat "/proc/$1/status" 2>/dev/null) || return 0
    [[ $status =~ State:.Z.*Threads:.[01][^0-9] ]]
}

# answers PORT CLUSTER_ID: whether this cluster's broker serves there. Sends a Metadata request
# (version 2, no topics); only a broker that the controller has unfenced is in the reply, of 65 bytes.
answers() {
    local reply
    reply=$({
        exec 3<>"/dev/tcp/127.0.0.1/$1" &&
            printf '\0\0\0\x13\0\x03\0\x02\0\0\0\x01\0\x05start\0\0\0\0' >&3 &&
            timeout 0.5 head -c 65 <&3 | LC_ALL=C tr -cd '[:print:]'
    } 2>/dev/null) || true
    [[ $reply == *127.0.0.1*"$2"* ]]
}

# announced DIR SIZE: whether the broker has said that it serves, in its log behind the first SIZE bytes.
announced() { tail -c "+$(($2 + 1))" "$1/kafka.log" | grep -qF 'Kafka Server started'; }

# await DIR PORT SECONDS [LOG_SIZE]: waits until DIR's broker answers; fails when it has ended or time is up. One
# with listeners of its own kind answers nobody without a password: its log, from LOG_SIZE on, tells.
await() {
    local deadline=$((SECONDS + $3)) cluster pid
    cluster=$(cluster_of "$1")
    pid=$(cat "$1/kafka.pid")
    until if [[ ${4-} ]]; then announced "$1" "$4"; else answers "$2" "$cluster"; fi; do
        if ended "$pid" || ((SECONDS >= deadline)); then return 1; fi
        sleep 0.05
    done
    ! ended "$pid"
}

# end DIR SIGNAL SECONDS: ends the broker that runs() found, and waits until it has let go of its port.
end() {
    local deadline=$((SECONDS + $3))
    kill -s "$2" "$pid" || ended "$pid" || return 1
    kill -s CONT "$pid" 2>/dev/null || true    # one that was stopped (SIGSTOP) hears nothing else
    until ended "$pid"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
    rm -f "$1/kafka.pid"
}

# taken PORT: whether somebody listens there.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
