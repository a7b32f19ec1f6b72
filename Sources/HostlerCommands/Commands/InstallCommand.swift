internal import ArgumentParser
internal import Operations

/// The contracts as the command line names them.
enum ContractName: String, CaseIterable, ExpressibleByArgument {
    case libvirt, vdsm, cloudstack, kubevirt
}

struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Let a virtualisation stack call Hostler's hook.",
        discussion: """
            Links hostler-hook into the folder where the stack looks for hooks:
              libvirt     \(HookContract.libvirt.path)
                          (before libvirt 6.5: \(HookContract.oldLibvirt.path))
              vdsm        \(HookContract.vdsm.path)
              cloudstack  \(HookContract.cloudstack.path)
              kubevirt    \(HookContract.kubevirt.path)

            Another program's hooks stay as they are. Folders that are missing are made, and noted below \
            \(InstallRecord.directory), so that 'hostler uninstall' leaves no trace. Doing it again changes nothing.

            Examples:
              hostler install libvirt --dry-run
              hostler install vdsm
              hostler install kubevirt --root ./image
            """
    )

    @OptionGroup var options: InstallOptions

    @Option(
        help: ArgumentHelp(
            "The hook program, as the stack will find it (default: the one beside this program, else "
                + "\(HookContract.defaultHook)).",
            valueName: "path"
        ),
        completion: .file()
    )
    var hook: String?

    func validate() throws {
        if let hook, !hook.hasPrefix("/") { throw ValidationError("--hook '\(hook)' is not an absolute path") }
    }

    func run() throws {
        let installer = try options.installer()
        try options.sayingWhoMay { try install(installer) }
    }

    private func install(_ installer: HookInstaller) throws {
        let files = installer.files
        let contract =
            switch options.contract {
            case .libvirt: LibvirtHooks.contract(root: files)
            case .vdsm: HookContract.vdsm
            case .cloudstack: HookContract.cloudstack
            case .kubevirt: HookContract.kubevirt
            }
        let hook = hook ?? HookContract.hook(root: files)
        let isFirst = try options.contract == .libvirt && LibvirtHooks.scripts(files).isEmpty
        try installer.install(contract, hook: hook)
        if !Files.isExecutable(files.place(hook)) {
            Terminal.warn("\(files.place(hook)) is not there or not executable yet; until it is, the hook does nothing")
        }
        if let note = contract.note { try Terminal.say("\(contract.name): \(note)") }
        if options.contract == .libvirt { try remarkOnLibvirt(contract, isFirst: isFirst, files) }
    }

    private func remarkOnLibvirt(_ contract: HookContract, isFirst: Bool, _ files: FileSystem) throws {
        if contract.path == HookContract.libvirt.path, let neighbour = try LibvirtHooks.neighbour(files) {
            try Terminal.say("libvirt: \(neighbour)")
        }
        // The daemon and the confinement of this host say nothing of another system.
        if !files.root.isEmpty { return }
        for finding in try ConfinementCheck.run(files) where finding.status != .ok {
            Terminal.warn("\(finding.detail); \(finding.mend ?? "see hostler doctor")")
        }
        if isFirst {
            try Terminal.say(
                "libvirt: its daemon looks for hooks only when it starts or reloads: \(LibvirtHooks.reload("libvirtd")) "
                    + "(or virtqemud); guests go on"
            )
        }
    }
}

/// What `install` and `uninstall` have in common.
struct InstallOptions: ParsableArguments {
    @Argument(help: "The stack: libvirt, vdsm, cloudstack or kubevirt.")
    var contract: ContractName

    @Option(
        help: ArgumentHelp("The system to work on, such as the tree of an image.", valueName: "dir"),
        completion: .directory
    )
    var root = "/"

    @Flag(name: .customLong("dry-run"), help: "Change nothing; say what would be done.")
    var isDryRun = false

    /// - Throws: a failure where the root is no folder.
    func installer() throws -> HookInstaller {
        if root.isEmpty || !Files.isDirectory(root) {
            throw OperationError(.failure, "--root '\(root)' is not a folder; create it first")
        }
        return HookInstaller(root: root, isDryRun: isDryRun) { try Terminal.say($0) }
    }

    /// Runs `body`; where it lacks the rights, the error says who has them.
    func sayingWhoMay(_ body: () throws -> Void) throws {
        do { try body() } catch let error as SystemError where error.isDenied {
            throw OperationError(.failure, error.message + "; run it as root")
        }
    }
}
