package import LibvirtClient

/// What is particular about libvirt's hooks.
package enum LibvirtHooks {
    /// The first release that runs all of `qemu.d`.
    package static let folderRelease = Version(6, 5, 0)

    /// The contract to install by. Another root, and a host that has no libvirt yet, are taken to have one of 6.5 or
    /// later, which is of 2020.
    package static func contract(root: FileSystem) -> HookContract {
        if !root.root.isEmpty { return .libvirt }
        do {
            return contract(version: try Version.clientLibrary())
        } catch {
            // What is wrong with it is doctor's to say; the hook can wait for its libvirt.
            return .libvirt
        }
    }

    package static func contract(version: Version) -> HookContract {
        version < folderRelease ? .oldLibvirt : .libvirt
    }

    /// The qemu hooks that libvirt would run; it passes over what is not executable.
    package static func scripts(_ files: FileSystem) throws(SystemError) -> [String] {
        let folder = HookContract.libvirt.directory
        let all = [HookContract.oldLibvirt.path] + (try Files.names(files.place(folder)).map { folder + "/" + $0 })
        return all.filter { Files.isExecutable(files.place($0)) }
    }

    /// Whether libvirt runs a hook of ours.
    package static func isInstalled(_ files: FileSystem) -> Bool {
        [HookContract.libvirt, .oldLibvirt].contains { contract in
            Files.resolved(files.place(contract.path)).map { Files.isExecutable($0) && $0.hasSuffix("/hostler-hook") }
                ?? false
        }
    }

    /// What is to be said of another program's `qemu` beside our entry in the folder; `nil` where there is none.
    package static func neighbour(_ files: FileSystem) throws(SystemError) -> String? {
        let path = HookContract.oldLibvirt.path
        switch try files.kind(path) {
        case .nothing: return nil
        // Ours, from before libvirt was updated.
        case .link(let target) where target.hasSuffix("/hostler-hook"): return nil
        default: break
        }
        let isRun = Files.isExecutable(files.place(path))
        return "\(files.place(path)) is another program's hook, and stays; libvirt "
            + (isRun ? "runs both" : "passes over it, since it is not executable")
    }

    /// What makes a daemon look again; guests go on, and so does the daemon.
    package static func reload(_ daemon: String) -> String { "systemctl reload \(daemon)" }
}
