# fetch.sh: fills the cache: jars/ from Maven Central, and an archive of the classes that a broker
# loads, with which a start takes half the time. Sourced, never run.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Sets jvm. Whatever stands in the cache under its final name is complete: work in progress has a
# name with a dot in front, and one process works at a time.
fetch() {
    find_java
    # A cache that others filled and we may only read does without an archive for our java.
    [[ -d $cache/jars && (-e $archive || ! -w $cache) ]] || (
        make_cache
        exec {lock}>"$cache/lock"
        flock -n "$lock" || {
            say "waiting for another start, which is filling $cache"
            flock -w 900 "$lock" || die "$cache is still locked after 15 minutes"
        }
        remove_unfinished
        trap remove_unfinished EXIT
        [[ -d $cache/jars ]] || fetch_jars
        [[ -e $archive ]] || archive_classes || {
            say "could not archive the classes: each start takes about 3 s longer"
            : >"$archive"    # empty: not used, and not tried again
        }
    )
    find_jars
}

# Ends and removes what a start that was interrupted has left.
remove_unfinished() {
    local scratch
    for scratch in "$cache"/.classes.*; do
        if runs "$scratch"; then end "$scratch" KILL 10; fi
    done
    rm -rf "$cache"/.jars.* "$cache"/.classes.*
}

fetch_jars() {
    local unfinished
    command -v mvn >/dev/null ||
        die "there is no mvn to fetch Kafka $kafka_version with (Debian: apt-get install maven)"
    say "fetching Kafka $kafka_version into $cache: 54 MB from Maven Central, once, up to a minute"
    unfinished=$(mktemp -d "$cache/.jars.XXXXXX")
    mvn -q -B -ntp -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$unfinished" >"$cache/fetch.log" 2>&1 </dev/null || {
        tail -n 20 "$cache/fetch.log" >&2
        die "mvn could not fetch the jars; the end of $cache/fetch.log is above"
    }
    chmod 755 "$unfinished"
    mv "$unfinished" "$cache/jars"
}

# Runs a broker for its classes: it starts, takes a record and hands it to a consumer group; when it
# ends, its JVM writes the archive.
archive_classes() {
    local scratch port
    say "archiving the broker's classes: 50 MB, once, about 20 s"
    find_jars
    scratch=$(mktemp -d "$cache/.classes.XXXXXX") && port=$(free_port) || return 1
    configure "$scratch" "$port" $((port + 1)) AAAAAAAAAAAAAAAAAAAAAA &&
        launch "$scratch" -XX:ArchiveClassesAtExit="$scratch/classes.jsa" &&
        await "$scratch" "$port" 60 &&
        exercise "127.0.0.1:$port" >>"$scratch/kafka.log" 2>&1 &&
        runs "$scratch" && end "$scratch" TERM 60 &&
        mv "$scratch/classes.jsa" "$archive"
}

exercise() {
    local tools=org.apache.kafka.tools
    "${jvm[@]}" $tools.TopicCommand --bootstrap-server "$1" --create --topic warm-up &&
        "${jvm[@]}" $tools.ConsoleProducer --bootstrap-server "$1" --topic warm-up <<<hello &&
        "${jvm[@]}" $tools.consumer.ConsoleConsumer --bootstrap-server "$1" --topic warm-up \
            --group warm-up --from-beginning --max-messages 1 --timeout-ms 20000
}

# Prints a port that is free together with the next one, below those that the kernel gives to clients.
free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        taken $port || taken $((port + 1)) || { echo $port; return; }
    done
    return 1
}
