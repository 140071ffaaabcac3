# Everything works on a machine that has the Swift toolchain, make, and apt (see docs/install.md).
SWIFT_BUILD := swift build -c release
COLLAPSE := .build/release/collapse

# Python with the peers of the analyzer, in a folder of its own.
PEERS := .scratch/compare-analysis/venv
OTHERS := .scratch/compare-peers/venv
BENDERS := .scratch/compare-curvature/venv

# The rooms whose tests are quick without optimization and under AddressSanitizer.
SMALL_ROOMS := CollapseCoreTests FilesTests ArraysTests FeatureStoreTests

# Where 'make install' puts the command; DESTDIR goes before it, for packages.
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share

.PHONY: help install install-built uninstall deb site reference demo test build lint dependencies test-debug check-all campaign compare-decoding compare-training compare-extraction compare-parity compare-precision test-onednn-v3 compare-analysis compare-curvature compare-peers compare-scaling fuzz docs wheel test-python compare-python notebook

help: ## list what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name words; do printf '%-18s %s\n' "$$name" "$$words"; done

demo: build ## run the quickstart pipeline on the committed sample and show its report
	$(COLLAPSE) run pipelines/quickstart.yaml

test: dependencies ## lint, build with warnings as errors, run the tests
	$(MAKE) lint
	$(SWIFT_BUILD) --build-tests
	swift test -c release --skip-build

# What Swift's runtime keeps until the end would count as leaks.
test-debug: dependencies ## the tests of the small rooms without optimization, watched by AddressSanitizer
	COLLAPSE_TESTS="$(SMALL_ROOMS)" ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build/address

check-all: ## what takes longer than CI has: fuzz harnesses for moments, exporters with PyTorch, peers, every Python, the notebook
	Fuzz/run 5
	swift build -c release --package-path Examples
	swift run -c release --package-path Examples measure-features Tests/FeatureStoreTests/Fixtures/collapse-features-1.h5
	COLLAPSE_TEST_PYTORCH=1 swift test -c release --filter 'Exporter|WrittenByTorch|ReadByH5py'
	$(MAKE) build && scripts/check-exporting
	$(MAKE) compare-decoding compare-training compare-parity compare-analysis test-onednn-v3 test-python notebook

campaign: build ## kill the command at random moments for half an hour, fuzz each decoder for ten minutes
	scripts/campaign

build: dependencies ## build the command in release
	$(SWIFT_BUILD) --product collapse

install: build install-built ## the command, its completions and manual pages, below PREFIX (/usr/local)

install-built:
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
	  $(SHARE)/fish/vendor_completions.d $(SHARE)/man/man1
	install -m 755 -s $(COLLAPSE) $(DESTDIR)$(PREFIX)/bin/collapse
	$(COLLAPSE) --generate-completion-script bash > $(SHARE)/bash-completion/completions/collapse
	$(COLLAPSE) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_collapse
	$(COLLAPSE) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/collapse.fish
	scripts/build-manual $(COLLAPSE) $(SHARE)/man/man1
	install -d $(SHARE)/collapse/mpi/adapter $(SHARE)/collapse/mpi/include
	install -m 755 scripts/build-mpi-adapter $(DESTDIR)$(PREFIX)/bin/collapse-build-mpi-adapter
	install -m 644 Sources/CMessages/adapter/adapter.c $(SHARE)/collapse/mpi/adapter
	install -m 644 Sources/CMessages/include/CMessages.h $(SHARE)/collapse/mpi/include

uninstall: ## take away what install put below PREFIX
	rm -f $(DESTDIR)$(PREFIX)/bin/collapse $(SHARE)/bash-completion/completions/collapse \
	  $(SHARE)/zsh/site-functions/_collapse $(SHARE)/fish/vendor_completions.d/collapse.fish \
	  $(SHARE)/man/man1/collapse.1 $(SHARE)/man/man1/collapse-*.1 \
	  $(DESTDIR)$(PREFIX)/bin/collapse-build-mpi-adapter
	rm -rf $(SHARE)/collapse/mpi

deb: build ## a Debian package, in .build/deb
	scripts/build-deb

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Examples Benchmarks Fuzz

dependencies:
	@scripts/install-dependencies

compare-decoding: dependencies ## our decoders against gunzip and Pillow
	scripts/compare-decoding

compare-training: build ## our training step against PyTorch's
	scripts/compare-training

compare-extraction: build ## features of foreign networks against ONNX Runtime, PyTorch and torchvision; COMPARE=--quick takes a minute
	scripts/compare-extraction $(COMPARE)

compare-parity: build ## our losses and logits against PyTorch's, from the same weights and batches
	scripts/compare-parity

compare-precision: build ## what VGG-11 reaches in bfloat16 and in float32; DATA=folder of CIFAR-10
	scripts/compare-precision $(or $(DATA),data/cifar-10)

test-onednn-v3: ## the tests of training against oneDNN 3, which pip brings
	scripts/test-onednn-v3

compare-analysis: build $(PEERS) ## our analyzer against NumPy; COMPARE=--large adds 10.5 GB
	$(PEERS)/bin/python scripts/compare-analysis $(COMPARE)

compare-scaling: build $(PEERS) ## an analysis by two ranks, and in two parts, against one of two threads
	swift build --package-path Benchmarks --product ranks-benchmark
	$(PEERS)/bin/python scripts/compare-scaling $(COLLAPSE) --count Benchmarks/.build/debug/ranks-benchmark

compare-curvature: build ## our Hessian products and eigenvalues against PyTorch, PyHessian and hessian-eigenthings
	python3 -m venv $(BENDERS)
	$(BENDERS)/bin/python -m pip install -q torch numpy scipy
	$(BENDERS)/bin/python -m pip install -q --no-deps pyhessian==0.1 hessian-eigenthings==1.0.0a5
	COLLAPSE=$(COLLAPSE) $(BENDERS)/bin/python scripts/compare-curvature $(COMPARE)

compare-peers: build ## our measures beside those of other programs; CHECKOUTS=folder of their repositories
	python3 -m venv $(OTHERS)
	$(OTHERS)/bin/python -m pip install -q numpy scipy h5py kowalski
	$(OTHERS)/bin/python scripts/compare-peers $(COLLAPSE) $(CHECKOUTS)

wheel: dependencies ## the Python package collapse-nc, with the analyzer as a library inside, in .build/wheel
	$(SWIFT_BUILD) --product CollapseC
	scripts/build-wheel .build/release/libCollapseC.so .build/wheel

test-python: wheel ## install it into a clean environment of every Python there is, and test it; WITH="torch h5py pandas"
	scripts/test-python .build/wheel/collapse_nc-*.whl $(WITH)

notebook: wheel ## run the example notebook in a clean environment with PyTorch; its page in .scratch/notebook
	scripts/run-notebook .build/wheel/collapse_nc-*.whl

compare-python: build wheel ## measure() on rows in memory against the command's own passes
	scripts/compare-python .build/wheel/collapse_nc-*.whl $(CHECKOUTS)

docs: build ## write tables and the schema anew, then the guide as a site and the reference of the libraries
	$(COLLAPSE) validate --schema > docs/pipeline.schema.json
	$(COLLAPSE) options $(patsubst %,--update %,$(wildcard docs/*.md))
	$(MAKE) site reference

site: ## the guide as a site in .build/site, links checked
	scripts/build-site

reference: build ## the libraries by DocC in .build/reference
	scripts/build-reference .build/reference

fuzz: dependencies ## every fuzz harness for a minute
	Fuzz/run 60

$(PEERS):
	python3 -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q numpy h5py
