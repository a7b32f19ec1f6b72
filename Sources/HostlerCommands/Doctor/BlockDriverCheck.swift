internal import Operations

/// Whether QEMU has the module that reads https: distributions pack it apart.
enum BlockDriverCheck {
    /// Where QEMU's modules are, `*` for one folder of any name (Debian's has the architecture's).
    static let folders = ["/usr/lib/*/qemu", "/usr/lib64/qemu-kvm", "/usr/lib64/qemu", "/usr/lib/qemu"]

    static func run(_ files: FileSystem) throws(SystemError) -> Finding {
        var found: [String] = []
        for pattern in folders {
            for folder in try expand(pattern, files) where !(try Files.names(files.place(folder)).isEmpty) {
                let module = folder + "/block-curl.so"
                if try files.kind(module) != .nothing { return .ok("qemu-curl", "\(module) is installed") }
                found.append(folder)
            }
        }
        let mend =
            "apt install qemu-block-extra (Debian, Ubuntu), dnf install qemu-kvm-block-curl or qemu-block-curl (Fedora, RHEL)"
        if found.isEmpty {
            return .warn(
                "qemu-curl",
                "no folder with QEMU's modules is found, so its curl driver cannot be looked for",
                mend: mend
            )
        }
        return .fail(
            "qemu-curl",
            "QEMU cannot read https: there is no block-curl.so in \(found.joined(separator: ", "))",
            mend: mend
        )
    }

    private static func expand(_ pattern: String, _ files: FileSystem) throws(SystemError) -> [String] {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return [pattern] }
        let names = try Files.names(files.place(String(parts[0])))
        return names.map { parts[0] + $0 + parts[1] }.filter { Files.isDirectory(files.place($0)) }
    }
}
