internal import Operations

/// Whether hooks are installed, can be run, and are known to libvirt's daemon.
enum HooksCheck {
    static func run(_ files: FileSystem) throws -> [Finding] {
        var findings: [Finding] = []
        for contract in [HookContract.oldLibvirt] + HookContract.all {
            guard case .link(let target) = try files.kind(contract.path) else { continue }
            // By --hook a link may lead to a program of any name; the record knows it.
            if !InstallRecord.owns(target, try InstallRecord.of(contract, files)) { continue }
            findings.append(installed(contract, target, files))
            if contract.name == "libvirt" { findings += try seen(files) }
        }
        if findings.isEmpty {
            return [
                .warn(
                    "hooks",
                    "no hook is installed, so guests are made ready only by 'hostler start' and 'hostler set'",
                    mend: "hostler install libvirt (or vdsm, cloudstack, kubevirt) where that is not enough"
                )
            ]
        }
        return findings
    }

    private static func installed(_ contract: HookContract, _ target: String, _ files: FileSystem) -> Finding {
        let check = "hook-\(contract.name)"
        if Files.isExecutable(files.place(target)) { return .ok(check, "\(contract.path) leads to \(target)") }
        return .fail(
            check,
            "\(contract.path) leads to \(target), which is not there or not executable",
            mend: "install Hostler's programs again, or take the hook away: hostler uninstall \(contract.name)"
        )
    }

    /// libvirt looks whether there are hooks at all when its daemon starts or reloads, and not again.
    private static func seen(_ files: FileSystem) throws(SystemError) -> [Finding] {
        guard let daemon = try Daemon.running() else { return [] }
        let times = try LibvirtHooks.scripts(files).compactMap { Files.changeTime(files.place($0)) }
        return times.min().map { [seen(firstHook: $0, daemon)] } ?? []
    }

    /// - Parameter firstHook: since when there is one, in nanoseconds since 1970.
    static func seen(firstHook: Int, _ daemon: Daemon) -> Finding {
        let check = "hook-libvirt-seen"
        let second = 1_000_000_000
        // The daemon looks some time after it has begun, and its start is known to a clock tick only.
        if firstHook < daemon.startTime - second { return .ok(check, "\(daemon.name) has started since") }
        let isNear = firstHook < daemon.startTime + second
        return .warn(
            check,
            isNear
                ? "\(daemon.name) has started in the second in which the hook came, and may not have seen it"
                : "\(daemon.name) runs since before there were hooks, and has not seen them unless it was reloaded",
            mend: "\(LibvirtHooks.reload(daemon.name)); guests go on"
        )
    }
}
