# Omezle. `make` alone lists what there is to type.
#
# Every target sets up what it needs, once: npm packages by the lock file, Debian
# packages through .ci/debian, the linter under .tools. On a machine with Go and
# Node, `make run` and `make test` work as they stand.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/bin/golangci-lint-$(GOLANGCI_VERSION)
TEST_TIMEOUT ?= 20m
FUZZTIME ?= 30s
BENCH ?= .

npm_installed := web/node_modules/.package-lock.json
model_built := var/model/.built
client_built := web/dist/index.html
client_sources := $(shell find web/src web/public -type f 2>/dev/null) \
	$(wildcard web/*.html web/vite.config.ts web/tsconfig*.json)

##@ Use it

.PHONY: run
run: build ## start the service on http://localhost:8080 with embedded stores
	@if [ -z "$${OMEZLE_ROLES:-}$${OMEZLE_CONFIG:-}" ]; then export OMEZLE_ROLES=signaling,sfu; fi; exec ./bin/omezle serve

.PHONY: build
build: $(client_built) ## compile client and server into bin/omezle
	cgo=1; .ci/debian gcc || { cgo=0; echo 'Without gcc the server is built without its classifier: it judges no frames.'; }; \
	CGO_ENABLED=$$cgo go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/omezle ./cmd/omezle

##@ Check it

.PHONY: test
test: $(npm_installed) $(model_built) ## run the tests of the server and of the client
	.ci/debian redis-server postgresql coturn webp gcc
	go test -timeout $(TEST_TIMEOUT) ./...
	cd web && npm test

.PHONY: check
check: lint test race e2e ## do everything that CI does

.PHONY: lint
lint: $(GOLANGCI) $(npm_installed) ## check format, vet, linters, types and unused code
	unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then printf 'Not formatted; run gofmt -w on:\n%s\n' "$$unformatted"; exit 1; fi
	go vet ./...
	$(GOLANGCI) run ./...
	cd web && npm run types && npm run lint && npm run knip

.PHONY: race
race: $(model_built) ## run the server's tests under the race detector
	.ci/debian redis-server postgresql coturn webp gcc
	CGO_ENABLED=1 go test -race -timeout $(TEST_TIMEOUT) ./...

.PHONY: e2e
e2e: $(client_built) ## let real browsers meet: two Chromium, then Firefox and Chromium
	.ci/debian chromium firefox-esr fonts-dejavu-core openssl redis-server postgresql python3-aiortc python3-gst-1.0 gcc \
		gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice
	go test -tags e2e -run Chromium ./sfu/turn/
	go test -tags e2e -run Aiortc ./sfu/
	cd web && npm run e2e

.PHONY: e2e-net
e2e-net: $(client_built) ## the same behind NATs, firewalls and bad lines; as root
	.ci/debian chromium firefox-esr fonts-dejavu-core redis-server postgresql nftables iproute2 tcpdump libnss3-tools openssl gcc
	cd web && npm run e2e-net

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME each (30s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

.PHONY: bench
bench: $(model_built) ## print the product's figures in Go benchmark format; BENCH=Chat selects
	.ci/debian redis-server postgresql gcc
	go test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 60m ./cmd/omezle/bench/
	go test -run '^$$' -bench '$(BENCH)' -benchmem ./sfu/relay/

##@ Keep it

.PHONY: model
model: $(model_built) ## make the model that judges frames, for server and browser

.PHONY: generate
generate: ## write again what is generated from Go types
	go generate ./...

.PHONY: clean
clean: ## remove what was built; data and tools stay
	rm -rf bin var web/node_modules web/public/model
	find web/dist -mindepth 1 ! -name .keep -delete

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Not `npm ci`: it refuses a lock file that lacks the native parts of some packages
# for other systems, as one written on Linux may. This takes every version and
# checksum from the lock file too, and leaves the file as it is.
$(npm_installed): web/package.json web/package-lock.json
	cd web && npm install --no-save --no-audit --no-fund
	touch $@

# The library comes out of an npm package of 86 MB, once.
$(model_built): $(npm_installed) $(wildcard moderation/onnx/*.go moderation/onnx/*/*.go)
	go run ./cmd/omezle model build
	touch $@

$(client_built): $(npm_installed) $(model_built) $(client_sources)
	cd web && npm run build
	touch web/dist/.keep $@

$(GOLANGCI):
	mkdir -p .tools/bin
	GOBIN=$(CURDIR)/.tools/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION) || \
	{ echo 'Cannot build the linter. Once the Go module proxy is reachable, run:'; \
	  echo '  GOBIN=$$PWD/.tools/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)'; exit 1; }
	mv .tools/bin/golangci-lint $@
