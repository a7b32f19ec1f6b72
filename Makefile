# One word for each chore, the same at the desk and in CI. CONTRIBUTING.md says what they do.

SWIFT   ?= swift
PREFIX  ?= /usr
# Where Debian's systemd looks, whatever the prefix.
UNITDIR ?= /lib/systemd/system
CONFDIR ?= /etc/hostler
DESTDIR ?=

BUILD    := .build/release
SUPPORT  := Tests/Support
# Static Swift libraries and no search path in the binaries: hooks run without LD_LIBRARY_PATH, and as root.
RELEASE  := -c release --static-swift-stdlib --disable-local-rpath
SOURCES  := Package.swift Sources $(wildcard Tests/*Tests) Tests/StateExerciser Tests/TestSupport \
            Tests/Fuzzing/Package.swift Tests/Fuzzing/Sources Benchmarks/Package.swift Benchmarks/Sources

SCRIPTS  := .ci/run Benchmarks/downloads Benchmarks/run Tests/Fuzzing/run $(addprefix $(SUPPORT)/,api-clients boot-iso check-docs check-linkage \
            daemon demo nfs-server packages package-trial private-libvirt restart-libvirtd trust-ca web-server) \
            docs/man/pages debian/hostler.postinst debian/hostler.prerm debian/hostler.postrm

PYTHONS  := $(addprefix $(SUPPORT)/,api-abuse api-template-trial api-trial daemon-faults daemon-load fault-server)

export SWIFT

.PHONY: build demo test test-quick bench fuzz bless fmt check install uninstall man deb clean

build:
	@$(SUPPORT)/packages build
	HOSTLER_SHIP=1 $(SWIFT) build $(RELEASE) --product hostler-hook
	@# A copy starts a fifth faster than the linker's own file (larger pieces in the page cache), as an installed one does.
	@cp $(BUILD)/hostler-hook $(BUILD)/hostler-hook.copy && mv $(BUILD)/hostler-hook.copy $(BUILD)/hostler-hook
	HOSTLER_SHIP=1 $(SWIFT) build $(RELEASE) --product hostler
	HOSTLER_SHIP=1 $(SWIFT) build $(RELEASE) --product hostlerd

demo: build
	@$(SUPPORT)/packages demo
	$(SUPPORT)/demo $(BUILD)

# The quick part needs neither libvirt nor root; the rest runs against real libvirt, QEMU and nginx, one suite after the
# other, since some of them restart the libvirtd that all share.
test: build deb
	@$(SUPPORT)/packages test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip IntegrationTests
	HOSTLER_BINDIR=$(CURDIR)/$(BUILD) HOSTLER_DEB=$(CURDIR)/.build/deb $(SUPPORT)/private-libvirt $(SWIFT) test --skip-build --no-parallel --filter IntegrationTests
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
	python3 -c 'import ast, sys; [compile(ast.parse(open(f).read()), f, "exec") for f in sys.argv[1:]]' $(PYTHONS)
	$(SUPPORT)/check-linkage $(BUILD)
	$(SUPPORT)/check-docs $(BUILD)

# The argument parser's own tool, run by hand: as a package plugin it would build hostler once more, with other flags.
man:
	$(SWIFT) build --product generate-manual
	docs/man/pages .build/debug/generate-manual $(BUILD)/hostler .build/man

# Builds only what is not there, so that after `make build man` root needs no Swift. A configuration that is there stays.
install:
	@test -x $(BUILD)/hostler -a -x $(BUILD)/hostler-hook -a -x $(BUILD)/hostlerd || $(MAKE) build
	@test -e .build/man/hostler.1 || $(MAKE) man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(UNITDIR) $(DESTDIR)$(CONFDIR)
	install -m 755 -s $(BUILD)/hostler $(DESTDIR)$(PREFIX)/bin/hostler
	install -m 755 $(BUILD)/hostler-hook $(DESTDIR)$(PREFIX)/bin/hostler-hook
	install -m 755 -s $(BUILD)/hostlerd $(DESTDIR)$(PREFIX)/sbin/hostlerd
	sed 's|/usr/sbin/hostlerd|$(PREFIX)/sbin/hostlerd|' systemd/hostlerd.service >$(DESTDIR)$(UNITDIR)/hostlerd.service
	chmod 644 $(DESTDIR)$(UNITDIR)/hostlerd.service
	test -e $(DESTDIR)$(CONFDIR)/hostler.yaml || $(BUILD)/hostlerd --example >$(DESTDIR)$(CONFDIR)/hostler.yaml
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man8 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 644 .build/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 .build/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	$(BUILD)/hostler --generate-completion-script bash | sed 1d \
	    >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/hostler
	$(BUILD)/hostler --generate-completion-script zsh >$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_hostler
	$(BUILD)/hostler --generate-completion-script fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hostler.fish

# The configuration and the state stay.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/hostler $(DESTDIR)$(PREFIX)/bin/hostler-hook $(DESTDIR)$(PREFIX)/sbin/hostlerd \
	    $(DESTDIR)$(UNITDIR)/hostlerd.service $(DESTDIR)$(PREFIX)/share/man/man8/hostlerd.8 \
	    $(DESTDIR)$(PREFIX)/share/man/man1/hostler.1 $(DESTDIR)$(PREFIX)/share/man/man1/hostler-*.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hostler \
	    $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_hostler \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/hostler.fish

# dpkg-buildpackage leaves its results next to the tree that it builds, so it gets one of its own under .build, and what
# is built there already. It is no package build in a clean room: Swift comes from outside of Debian, so -d.
deb: build man
	@$(SUPPORT)/packages deb
	rm -rf .build/deb && mkdir -p .build/deb/hostler/.build
	git ls-files -z | tar --create --null --files-from=- | tar --extract --directory=.build/deb/hostler
	cp -r .build/man .build/deb/hostler/.build/man
	ln -s $(CURDIR)/$(BUILD) .build/deb/hostler/.build/release
	cd .build/deb/hostler && dpkg-buildpackage -d -b -us -uc -tc >../log 2>&1 || { tail -n 30 ../log >&2; exit 1; }
	@ls .build/deb/*.deb

clean:
	rm -rf .build
