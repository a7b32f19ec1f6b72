internal import ArgumentParser
internal import Operations

struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall",
        abstract: "Take Hostler's hook away from a virtualisation stack.",
        discussion: """
            Removes the link that 'hostler install' made, and the folders that it made and that are empty. What others \
            put there stays.

            Examples:
              hostler uninstall libvirt
              hostler uninstall kubevirt --root ./image --dry-run
            """
    )

    @OptionGroup var options: InstallOptions

    func run() throws {
        let contracts =
            switch options.contract {
            // Whichever of both was right when it was installed.
            case .libvirt: [HookContract.libvirt, HookContract.oldLibvirt]
            case .vdsm: [HookContract.vdsm]
            case .cloudstack: [HookContract.cloudstack]
            case .kubevirt: [HookContract.kubevirt]
            }
        let installer = try options.installer()
        try options.sayingWhoMay { try installer.uninstall(contracts) }
    }
}
