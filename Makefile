# Everything is built, run and tested from here. `make help` lists the targets.

CC = gcc
BUILD = build
SAN =
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
       -Wconversion -Wno-sign-conversion -Werror
CFLAGS = -O2 -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) -MMD -MP
LDLIBS = $(THREADS) -lrdkafka -lsqlite3 -levent_core -levent_extra -lpthread -lm
# ThreadSanitizer has to see the threads of librdkafka: the file says why.
THREADS = $(if $(filter thread,$(SAN)),$(BUILD)/obj/tests/static/c11_threads.o)
CHECK_LIBS = -lcheck -lsubunit -lrt -lm
Q = $(if $(V),,@)
comma = ,
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

SERVICES = order-svc payment-svc notify-svc
LIB = $(BUILD)/libchoreography.a
PROGRAMS = $(addprefix $(BUILD)/,$(SERVICES) devbroker load audit sim storage receiver records hostile)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/check_*.c))

# What every program links: common/ and the three service folders without their mains.
LIB_SRC := $(wildcard common/*.c common/*/*.c) $(filter-out %/main.c,$(wildcard $(SERVICES:=/*.c)))
TEXTS := common_schema $(foreach s,order payment notify,$(s)_schema $(s)_upgrade_002 $(s)_openapi)
TOOL_TEXTS := load_report
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(TEXTS:%=$(BUILD)/obj/gen/%.o)

.PHONY: all
all: $(PROGRAMS)     # the first target: `make` builds

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(LIB) $(BUILD)/devbroker $(BUILD)/records: | $(THREADS)
$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(addprefix $(BUILD)/,$(SERVICES)): $(BUILD)/%: $(BUILD)/obj/%/main.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/devbroker: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard deploy/devbroker/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(THREADS) -lrdkafka -levent_core

# ---- texts inside the programs: a file becomes a C string ----

$(BUILD)/gen/common_schema.c: common/store/schema.sql
$(BUILD)/gen/order_schema.c: order-svc/schema.sql
$(BUILD)/gen/payment_schema.c: payment-svc/schema.sql common/store/processed_event.sql
$(BUILD)/gen/notify_schema.c: notify-svc/schema.sql common/store/processed_event.sql
$(BUILD)/gen/order_upgrade_002.c: common/store/upgrades/002.sql
$(BUILD)/gen/payment_upgrade_002.c: common/store/upgrades/002.sql common/store/upgrades/002_processed_event.sql
$(BUILD)/gen/notify_upgrade_002.c: common/store/upgrades/002.sql common/store/upgrades/002_processed_event.sql notify-svc/upgrade_002.sql
$(BUILD)/gen/order_openapi.c: order-svc/openapi.yaml
$(BUILD)/gen/payment_openapi.c: payment-svc/openapi.yaml
$(BUILD)/gen/notify_openapi.c: notify-svc/openapi.yaml
$(BUILD)/gen/load_report.c: tests/load/report.html

$(TEXTS:%=$(BUILD)/gen/%.c) $(TOOL_TEXTS:%=$(BUILD)/gen/%.c):
	@mkdir -p $(@D)
	@{ printf 'extern const char %s[];\nconst char %s[] =\n' $(basename $(@F)) $(basename $(@F)); \
	   sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/    "&\\n"/' $^; echo '    ;'; } > $@

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-overlength-strings -c -o $@ $<

# ---- unit tests ----

# The load driver, the auditor and the receiver without their mains; the fixtures of the unit tests, and what makes the tables
# of EVENTS.md.
TOOL_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/main.c,$(wildcard tests/load/*.c tests/audit/*.c tests/receiver/*.c))) \
            $(TOOL_TEXTS:%=$(BUILD)/obj/gen/%.o)
FIXTURE_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out tests/unit/check_% %/main.c,$(wildcard tests/unit/*.c tests/fuzz/*.c))) \
               $(patsubst %,$(BUILD)/obj/tests/sim/explorer/%.o,actor state_causes state_look state_tables)

$(BUILD)/libtools.a: $(TOOL_OBJ)
$(BUILD)/libfixture.a: $(FIXTURE_OBJ)
$(BUILD)/libtools.a $(BUILD)/libfixture.a:
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/load $(BUILD)/audit $(BUILD)/receiver: $(BUILD)/%: $(BUILD)/obj/tests/%/main.o $(BUILD)/libtools.a $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

# Only the tests of upgrades and the script that makes their fixtures need it.
$(BUILD)/records: $(BUILD)/obj/tests/fixtures/records.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(THREADS) -lrdkafka

$(BUILD)/hostile: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/hostile/*.c)) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

# The simulator: what its objects define stands in for libevent, librdkafka and the parts of common/ that only wrap them.
$(BUILD)/sim: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/sim/*.c tests/sim/explorer/*.c)) $(BUILD)/libtools.a $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Wl,--wrap=group_listen -o $@ $^ $(LDLIBS)

# All fuzz targets: one program that knows by which name it is called. `make fuzz` sets compiler and sanitizers.
$(BUILD)/bin/fuzz: $(BUILD)/obj/tests/fuzz/main.o $(BUILD)/libfixture.a $(BUILD)/libtools.a $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
	@for target in $$(sed -n 's/^    { "\([a-z]*\)", fuzz_.*/\1/p' tests/fuzz/targets.c); do ln -sf fuzz $(@D)/$$target; done

# The simulator's world, but the services have files, on a file system that fails.
STORAGE_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/storage/*.c) \
               $(filter-out $(addprefix tests/sim/,main.c options.c many.c job.c shrink.c database.c),$(wildcard tests/sim/*.c)))
$(BUILD)/storage: $(STORAGE_OBJ) $(BUILD)/libtools.a $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(addprefix -Wl$(comma)--wrap=,group_listen log_fatal db_commit db_fail) -o $@ $^ $(LDLIBS)

$(BUILD)/floor: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/*.c)) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libfixture.a $(BUILD)/libtools.a $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDLIBS) $(CHECK_LIBS)

.PHONY: test-unit
test-unit: $(UNIT_TESTS) $(LIB)
	@tests/unit/run $(UNIT_TESTS)

# ---- what people type ----

INSTALL = deploy/install
export BUILD CC

.PHONY: nightly demo test test-kafka test-k6 test-compose test-sim test-storage test-crash test-mutants sim crash mutants fuzz static soak \
        up down logs stats load audit bench state-tables lint format clean help

demo:                ## installs what is missing, builds, plays every path an order can take (BROKER=kafka, TARGET=compose, STAY=0)
	@$(INSTALL) build demo $(if $(filter kafka,$(BROKER)),kafka)
	@$(MAKE) --no-print-directory -j2 $(filter-out %/sim %/storage %/receiver %/records %/hostile,$(PROGRAMS))
	@deploy/demo

test:                ## installs what is missing, builds, unit tests and end-to-end tests on the embedded broker
	@$(INSTALL) build demo test
	@$(MAKE) --no-print-directory -j2 all $(UNIT_TESTS)
	@tests/run embedded

test-kafka:          ## the same end-to-end tests on real Kafka
	@$(INSTALL) build demo test kafka
	@$(MAKE) --no-print-directory -j2 all
	@BROKER=kafka tests/e2e/run

test-compose:        ## containers: restarts, kills, outages, mistakes, alerts, down and up; then three brokers and two shards
	@$(INSTALL) build demo
	@$(MAKE) --no-print-directory -j2 $(BUILD)/load $(BUILD)/audit
	@tests/compose/run
	@tests/compose/cluster

SECONDS = 60
sim:                 ## the services in a simulated world where everything goes wrong, for SECONDS=60 on all cores
	@$(INSTALL) build
	@$(MAKE) --no-print-directory -j2 $(BUILD)/sim
	@$(BUILD)/sim --seconds $(SECONDS)

test-k6:             ## the same flows played by k6, on both brokers; builds k6 the first time (Go 1.25; four minutes)
	@$(INSTALL) build demo test kafka k6
	@$(MAKE) --no-print-directory -j2 all
	@tests/load/k6/build
	@BROKER=embedded tests/e2e/run tests/e2e/42-k6.sh
	@BROKER=kafka tests/e2e/run tests/e2e/42-k6.sh

test-sim:            ## the simulator repeats itself, finds mistakes made on purpose, and none in the services: a minute
	@$(INSTALL) build
	@$(MAKE) --no-print-directory -j2 $(BUILD)/sim
	@tests/sim/test

test-storage:        ## calls of SQLite to its file system fail, once and for good, power is cut: a sample, within a minute (CASES=2000 SEEDS="1 2": all but memory)
	@$(INSTALL) build
	@$(MAKE) --no-print-directory -j2 $(BUILD)/storage
	@tests/storage/test

test-crash:          ## real Kafka: a service dies, or a write of it fails, at each crash point once: three minutes
	@$(INSTALL) build demo test kafka
	@$(MAKE) --no-print-directory -j2 all
	@tests/crash/run

crash:               ## each crash point by kill, abort and I/O error, at its first, second and seventh passage, in each service
	@$(INSTALL) build demo test kafka
	@$(MAKE) --no-print-directory -j2 all
	@tests/crash/run --all

test-mutants:        ## each mistake of tests/mutants is noticed by the test that is named for it: two minutes
	@$(INSTALL) build test
	@tests/mutants/run

mutants:             ## all tests against each of these mistakes: who notices what; most of an hour
	@$(INSTALL) build demo test
	@tests/mutants/run --matrix

T = 60
fuzz:                ## hands bytes to everything that reads some from outside, T=60 seconds each on both cores (TARGETS="http order"; clang)
	@$(INSTALL) build fuzz
	@$(MAKE) --no-print-directory -j2 BUILD=$(BUILD)/fuzz CC=clang CFLAGS='-O1 -g' SAN=fuzzer-no-link,address,undefined $(BUILD)/fuzz/bin/fuzz
	@BUILD=$(BUILD)/fuzz tests/fuzz/run $(T) $(TARGETS)

H = 1
soak:                ## customers for H=1 hours on real Kafka while everything is killed at random; audited, and nothing may grow (H=0.05: three minutes)
	@$(INSTALL) build demo kafka
	@$(MAKE) --no-print-directory -j2 all
	@H=$(H) tests/soak/run

state-tables:        ## writes the tables of states in EVENTS.md again, from what the handlers do
	@$(INSTALL) build
	@$(MAKE) --no-print-directory -j2 $(BUILD)/sim
	@$(BUILD)/sim --state-tables EVENTS.md

nightly:             ## what takes longer, hours: all of simulation, crash points, storage faults, mutants, sanitizers, benchmarks
	@$(MAKE) --no-print-directory sim SECONDS=600
	@CASES=2000 SEEDS="1 2" $(MAKE) --no-print-directory test-storage
	@$(MAKE) --no-print-directory test test-kafka
	@for i in 2 3; do tests/e2e/run; done
	@$(MAKE) --no-print-directory -j2 BUILD=build/asan SAN=address,undefined all test-unit
	@BUILD=build/asan tests/e2e/run
	@$(MAKE) --no-print-directory -j2 BUILD=build/tsan SAN=thread all
	@BUILD=build/tsan JOBS=2 tests/e2e/run
	@VALGRIND=1 tests/e2e/run tests/e2e/48-valgrind.sh
	@$(MAKE) --no-print-directory crash
	@$(MAKE) --no-print-directory mutants
	@$(MAKE) --no-print-directory fuzz T=120
	@LONG=1 $(MAKE) --no-print-directory test-compose
	@BENCH_RUNS=1 BENCH_SECONDS=20 $(MAKE) --no-print-directory bench
	@$(MAKE) --no-print-directory test-k6
	@$(MAKE) --no-print-directory soak H=0.25

up:                  ## containers: Kafka, its topics, the three services (PROFILE=observability: Prometheus and Grafana, too)
	@$(if $(PROFILE),COMPOSE_PROFILES=$(PROFILE) )deploy/containers up

down:                ## ends them; the data stay
	@deploy/containers down

logs:                ## what they say (SERVICE=order-svc: one of them)
	@deploy/containers logs $(SERVICE)

stats:               ## what they take: memory, processor
	@deploy/containers stats

load:                ## plays customers for half a minute against what runs, or a set of its own on real Kafka (LOAD_FLOW=mixed, LOAD_RATE=500, LOAD_SECONDS=60)
	@$(INSTALL) build demo
	@$(MAKE) --no-print-directory -j2 all
	@tests/load/run

audit:               ## decides whether anything was lost, doubled or invented, of what runs or what make load has left (DATA=FOLDER)
	@$(INSTALL) build demo
	@$(MAKE) --no-print-directory -j2 $(BUILD)/audit
	@tests/audit/run

bench:               ## speed on real Kafka, against floors measured in the same run: most of an hour (BENCH_VARIANTS, BENCH_RUNS, BENCH_SECONDS)
	@$(INSTALL) build demo kafka
	@$(MAKE) --no-print-directory -j2 all $(BUILD)/floor
	@tests/bench/run
	@tests/bench/stored

lint: $(addprefix $(BUILD)/,$(SERVICES))     ## the scripts, and the manifests of Kubernetes by their schemas
	@$(INSTALL) check
	@deploy/kubernetes/check
	@shellcheck -x -s bash -S warning -P SCRIPTDIR \
	    $$({ grep -rlI '^#!/usr/bin/env bash' deploy tests .ci; find deploy tests -name '*.sh'; } | sort -u)

static:              ## three programs read the code: gcc -fanalyzer, clang-tidy, cppcheck
	@$(INSTALL) build check test
	@tests/static/run

# The tree was written by hand: tables and comments stand in columns that no formatter keeps, so it is never formatted whole.
format:              ## formats the lines changed since the last commit, or FILES="..." whole
	@$(INSTALL) format
	@$(if $(FILES),clang-format -i $(FILES),git clang-format --force --quiet || test $$? = 1)

clean:               ## forgets what was built
	rm -rf $(BUILD)

help:                ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
