internal import Glibc
internal import Operations

/// Whether SELinux or AppArmor lets libvirt's daemon run the hook.
enum ConfinementCheck {
    static func run(_ files: FileSystem) throws(SystemError) -> [Finding] {
        let findings = [try seLinux(files), try appArmor(files)].compactMap { $0 }
        return findings.isEmpty
            ? [.ok("confinement", "neither SELinux nor AppArmor confines libvirt's daemon")] : findings
    }

    private static func seLinux(_ files: FileSystem) throws(SystemError) -> Finding? {
        guard let enforce = try Files.text(files.place("/sys/fs/selinux/enforce")) else { return nil }
        let boolean = try Files.text(files.place("/sys/fs/selinux/booleans/virt_hooks_unconfined"))
        guard enforce.hasPrefix("1"), let boolean else {
            return .ok(
                "selinux",
                "it does not keep hooks from anything (permissive, or a policy without virt_hooks_unconfined)"
            )
        }
        if boolean.hasPrefix("1") { return .ok("selinux", "virt_hooks_unconfined is on") }
        return .warn(
            "selinux",
            "virt_hooks_unconfined is off, so hooks may not read or write beyond libvirt's own files",
            mend: "setsebool -P virt_hooks_unconfined on"
        )
    }

    /// Debian's and Ubuntu's profile lets the daemon run what is in its own folder of hooks, or directly in the folders
    /// for programs; the kernel looks at where a link leads, not at the link.
    private static func appArmor(_ files: FileSystem) throws(SystemError) -> Finding? {
        guard let enabled = try Files.text(files.place("/sys/module/apparmor/parameters/enabled")),
            enabled.hasPrefix("Y")
        else { return nil }
        let profiles = ["usr.sbin.libvirtd", "usr.sbin.virtqemud"]
        var confined: String?
        for profile in profiles where try files.kind("/etc/apparmor.d/" + profile) != .nothing { confined = profile }
        guard let profile = confined else { return nil }
        guard case .link(let target) = try files.kind(HookContract.libvirt.path) else {
            return .ok("apparmor", "\(profile) confines libvirt's daemon; no hook of Hostler's is in its way")
        }
        let program = Files.resolved(files.place(HookContract.libvirt.path)) ?? target
        if isRunnable(program) { return .ok("apparmor", "\(profile) lets libvirt's daemon run \(program)") }
        let local = "/etc/apparmor.d/local/" + profile
        let rules = try Files.text(files.place(local)) ?? ""
        if rules.split(separator: "\n").contains(where: { $0.hasPrefix(program + " ") }) {
            return .ok("apparmor", "\(local) lets libvirt's daemon run \(program)")
        }
        return .warn(
            "apparmor",
            "\(profile) does not let libvirt's daemon run \(program) where it is in force",
            mend: "echo '\(program) PUx,' >> \(local) && apparmor_parser -r /etc/apparmor.d/\(profile)"
        )
    }

    static func isRunnable(_ program: String) -> Bool {
        if program.hasPrefix("/etc/libvirt/hooks/") { return true }
        let folder = program.split(separator: "/").dropLast().joined(separator: "/")
        return ["bin", "sbin", "usr/bin", "usr/sbin"].contains(folder)
    }
}
