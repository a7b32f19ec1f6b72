# One word for each chore, the same at the desk and in CI. CONTRIBUTING.md says what they do.

SWIFT   ?= swift
PREFIX  ?= /usr
DESTDIR ?=

BUILD    := .build/release
SUPPORT  := Tests/Support
# Static Swift libraries and no search path in the binaries: hooks run without LD_LIBRARY_PATH, and as root.
RELEASE  := -c release --static-swift-stdlib --disable-local-rpath
SOURCES  := Package.swift Sources Tests/DomainXMLTests Tests/HooksTests Tests/HostlerCommandsTests \
            Tests/IntegrationTests Tests/ProvisioningTests Tests/StateStoreTests Tests/StateExerciser Tests/TestSupport Tests/Fuzzing/Package.swift Tests/Fuzzing/Sources \
            Benchmarks/Package.swift Benchmarks/Sources

SCRIPTS  := .ci/run Benchmarks/run Tests/Fuzzing/run $(addprefix $(SUPPORT)/,boot-iso check-docs check-linkage demo \
            packages private-libvirt restart-libvirtd trust-ca web-server)

export SWIFT

.PHONY: build demo test test-quick bench fuzz bless fmt check install uninstall man clean

build:
	@$(SUPPORT)/packages build
	HOSTLER_SHIP=1 $(SWIFT) build $(RELEASE) --product hostler-hook
	@# A copy starts a fifth faster than the linker's own file (larger pieces in the page cache), as an installed one does.
	@cp $(BUILD)/hostler-hook $(BUILD)/hostler-hook.copy && mv $(BUILD)/hostler-hook.copy $(BUILD)/hostler-hook
	HOSTLER_SHIP=1 $(SWIFT) build $(RELEASE) --product hostler

demo: build
	@$(SUPPORT)/packages demo
	$(SUPPORT)/demo $(BUILD)

# The quick part needs neither libvirt nor root; the rest runs against real libvirt, QEMU and nginx, one suite after the
# other, since some of them restart the libvirtd that all share.
test: build
	@$(SUPPORT)/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip IntegrationTests
	HOSTLER_BINDIR=$(CURDIR)/$(BUILD) $(SUPPORT)/private-libvirt $(SWIFT) test --skip-build --no-parallel --filter IntegrationTests
	SECONDS_EACH=$${SECONDS_EACH:-10} Tests/Fuzzing/run

test-quick:
	$(SWIFT) test --skip IntegrationTests

bless:
	$(SWIFT) build --build-tests
	BLESS=1 $(SWIFT) test --skip-build --skip IntegrationTests

bench: build
	@$(SUPPORT)/packages bench
	Benchmarks/run $(BUILD)

fuzz:
	@$(SUPPORT)/packages build
	SECONDS_EACH=$${SECONDS_EACH:-60} Tests/Fuzzing/run

fmt:
	$(SWIFT) format --in-place --recursive $(SOURCES)

check: build
	@$(SUPPORT)/packages check
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	shellcheck --severity=warning $(SCRIPTS)
	$(SUPPORT)/check-linkage $(BUILD)
	$(SUPPORT)/check-docs $(BUILD)

# The argument parser's own tool, run by hand: as a package plugin it would build hostler once more, with other flags.
# The date in the pages is the last change's, so that the same sources give the same pages.
man:
	$(SWIFT) build --product generate-manual
	rm -rf .build/man && mkdir -p .build/man
	cp docs/man/*.1 .build/man
	.build/debug/generate-manual --multi-page --output-directory .build/man \
	    --date "$$(git log -1 --format=%cs 2>/dev/null || date +%F)" $(BUILD)/hostler
	rm -f .build/man/hostler.help.1
	# hostler.config-drive.set, as the tool has it, is hostler-config-drive-set, as man pages are called.
	rm -f .build/man/hostler.artefacts.1 .build/man/hostler.config-drive.help.1
	cd .build/man && for page in hostler.*.1; do \
	    name=$${page%.1}; case $$name in *.*) mv "$$page" "$$(echo "$$name" | tr . -).1" ;; esac; done
	sed -i -e '/^\.Xr hostler\..*help /d' -e '/^\.Xr hostler\.artefacts/d' \
	    -e '/^\.Xr hostler\./{s/hostler\.\([a-z-]*\)/hostler-\1/; s/hostler-\([a-z-]*\)\.\([a-z-]*\)/hostler-\1-\2/;}' \
	    -e '/^\.Dt HOSTLER\./{s/HOSTLER\.\([A-Z-]*\)/HOSTLER-\1/; s/HOSTLER-\([A-Z-]*\)\.\([A-Z-]*\)/HOSTLER-\1-\2/;}' \
	    .build/man/*.1

# Builds only what is not there, so that after `make build man` root needs no Swift.
install:
	@test -x $(BUILD)/hostler -a -x $(BUILD)/hostler-hook || $(MAKE) build
	@test -e .build/man/hostler.1 || $(MAKE) man
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 -s $(BUILD)/hostler $(DESTDIR)$(PREFIX)/bin/hostler
	install -m 755 $(BUILD)/hostler-hook $(DESTDIR)$(PREFIX)/bin/hostler-hook
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 644 .build/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	$(BUILD)/hostler --generate-completion-script bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hostler
	$(BUILD)/hostler --generate-completion-script zsh >$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_hostler
	$(BUILD)/hostler --generate-completion-script fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hostler.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/hostler $(DESTDIR)$(PREFIX)/bin/hostler-hook \
	    $(DESTDIR)$(PREFIX)/share/man/man1/hostler.1 $(DESTDIR)$(PREFIX)/share/man/man1/hostler-*.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hostler \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_hostler \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hostler.fish

clean:
	rm -rf .build
