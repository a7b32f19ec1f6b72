internal import Operations

/// Whether what makes guests' disks and serves cached ISOs is installed, and how the templates of this host are.
enum TemplatesCheck {
    private static let check = "templates"

    static func run(_ state: HostState, _ files: FileSystem) throws -> [Finding] {
        var findings: [Finding] = []
        for (program, what, package) in [
            (
                "/usr/bin/qemu-img", "guests' disks cannot be made of templates",
                "qemu-utils (Debian), qemu-img (Fedora, RHEL)"
            ),
            ("/usr/bin/prlimit", "images cannot be looked at under limits", "util-linux"),
        ] where !Files.isExecutable(files.place(program)) {
            findings.append(.fail(check, "there is no \(program): \(what)", mend: "install \(package)"))
        }
        if !["/usr/bin/nbdkit", "/usr/sbin/nbdkit"].contains(where: { Files.isExecutable(files.place($0)) }) {
            findings.append(
                .warn(
                    check,
                    "there is no nbdkit, which httpsisoboot_delivery=cached needs",
                    mend: "install nbdkit where you want that"
                )
            )
        }
        guard let store = try state.openIfPresent() else { return findings + [.ok(check, "none is staged")] }
        let records = TemplateRecords(store: store)
        let copies = try records.copies()
        let failed = copies.filter { $0.effectiveState == .failed }
        for copy in failed {
            let name = try records.template(copy.template)?.name ?? copy.template
            findings.append(
                .warn(
                    check,
                    "'\(name)' could not be staged into \(copy.folder): \(copy.error ?? "it is not known why")",
                    mend: "hostler template stage \(name), or hostler template remove \(name)"
                )
            )
        }
        for copy in copies where copy.state == .ready && !TemplateStager.isThere(copy) {
            let name = try records.template(copy.template)?.name ?? copy.template
            findings.append(
                .fail(
                    check,
                    "\(copy.path ?? copy.folder), which '\(name)' was staged as, is gone or of another size",
                    mend: "mount what it is on, or hostler template stage \(name)"
                )
            )
        }
        let ready = copies.count { $0.state == .ready && TemplateStager.isThere($0) }
        if failed.isEmpty && findings.isEmpty { findings.append(.ok(check, "\(ready) staged, all in their places")) }
        return findings
    }
}
