# Build, test and check twinpath. `make` alone lists the targets.

GO       ?= go
FUZZTIME ?= 60s
VERSION   = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   = -s -w -X github.com/twinpath/twinpath/internal/cli.version=$(VERSION)

# The linters live in a module of their own, so that they stay out of go.mod. They may need a newer Go than twinpath
# does, and -modfile alone does not make the go command fetch it.
TOOL = GOTOOLCHAIN=go$(shell sed -n 's/^go //p' tools/go.mod)+auto $(GO) tool -modfile=tools/go.mod

# What must pass before a change is merged, cheapest first; .ci/run walks the same list.
CHECKS = lint test race golden-check demo

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build test race demo lab cloud-tools cloud-drift golden golden-check lint fmt fuzz bench bench-peers check check-list clean browser kafka verdicts soak

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build bin/twinpath
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/twinpath ./cmd/twinpath

test: ## Run all tests (needs only Go and make; the lab's and terraform's run too where what they need is there)
	$(GO) test $(TESTFLAGS) ./...
	cd tools/tfprovider && $(GO) test ./...

race: ## Run all tests but the lab's under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short ./...

soak: ## Push 1,000 times with random faults (SOAKFLAGS='-seed N' repeats a run)
	$(GO) test -count=1 -timeout 30m ./internal/changetest -run TestSoak -soak 1000 $(SOAKFLAGS)

demo: build ## Show the main job, without root and without a device
	cd tools && CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -o ../bin/replay ./demo/replay
	sh tools/demo/demo.sh

browser: build ## Look at the HTML report in chromium: light and dark, phone and desktop (needs chromium)
	cd tools && GOTOOLCHAIN=go$$(sed -n 's/^go //p' go.mod)+auto $(GO) test -count=1 ./browser

kafka: ## Test the Kafka input with Apache Kafka and goflow2's command (needs java, mvn and the network)
	sh tools/kafka/kafka.sh

lab: build ## Install the lab and run it: real router software in network namespaces (Linux, root)
	sh tools/lab/install.sh
	bin/twinpath lab run

cloud-tools: ## Build OpenTofu, with which the tests of the cloud side run for real (about four minutes, once)
	sh tools/tofu/install.sh

cloud-drift: ## Compare the argument tables in vendors/ with what the providers' packages say (needs npm and network)
	sh tools/drift/drift.sh

golden: build ## Rewrite golden/; read its diff like code
	$(GO) test ./internal/golden -run TestGolden -update

golden-check: build ## Fail if golden/ is not what the templates give now
	$(GO) test -count=1 ./internal/golden -run TestGolden

verdicts: ## Simulate 10,000 windows a row and rewrite the table of false verdicts (minutes)
	$(GO) test -count=1 -timeout 60m -v ./internal/split -run TestFalseVerdicts -windows 10000 -update

lint: ## Run gofumpt, go vet, staticcheck and golangci-lint
	@files=$$($(TOOL) gofumpt -l .) || exit 1; \
		test -z "$$files" || { echo "gofumpt would change ('make fmt' does it):"; echo "$$files"; exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	$(TOOL) golangci-lint run
	cd tools/tfprovider && GOTOOLCHAIN=go$$(sed -n 's/^go //p' ../go.mod)+auto $(GO) tool -modfile=../go.mod golangci-lint run

fmt: ## Format the Go code as lint wants it
	$(TOOL) golangci-lint fmt

fuzz: ## Run every fuzz target for FUZZTIME (60s) each
	@for pkg in $$($(GO) list ./...); do \
		targets=$$($(GO) test -list '^Fuzz' $$pkg) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "== $$target in $$pkg"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg || exit 1; \
		done; \
	done

bench: ## Measure twinpath
	sh tools/bench/bench.sh
	sh tools/bench/diff.sh
	sh tools/bench/push.sh

bench-peers: ## Do the same work with other tools, where they can be installed
	sh tools/bench/peers.sh
	sh tools/bench/diff-peers.sh
	sh tools/bench/push-peers.sh

check: $(CHECKS) ## Everything that must pass before a merge

check-list:
	@echo $(CHECKS)

clean: ## Remove what was built
	rm -rf bin dist coverage.*
