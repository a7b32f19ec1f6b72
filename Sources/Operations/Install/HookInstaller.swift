/// Puts the hook where a stack looks for it, and takes it away again.
package struct HookInstaller {
    package let files: FileSystem
    package let isDryRun: Bool
    /// Is told each thing that was done, in a line.
    package let report: (String) throws -> Void

    package init(root: String, isDryRun: Bool, report: @escaping (String) throws -> Void) {
        files = FileSystem(root: root)
        self.isDryRun = isDryRun
        self.report = report
    }

    /// Links `hook` for `contract`, with the folders that this needs. Doing it again changes nothing.
    ///
    /// - Throws: where another program's file has the name; nothing is changed then.
    package func install(_ contract: HookContract, hook: String) throws {
        var record = try InstallRecord.of(contract, files) ?? InstallRecord()
        switch try files.kind(contract.path) {
        case .nothing: break
        case .link(to: hook):
            return try report("\(contract.name): installed already: \(files.place(contract.path)) -> \(hook)")
        case .link(let target) where record.link == contract.path && InstallRecord.owns(target, record):
            try act("remove", "removed", "\(files.place(contract.path)) -> \(target)") {
                try files.removeFile(contract.path)
            }
        default:
            throw OperationError(
                .failure,
                "\(files.place(contract.path)) is another program's hook, and stays; \(contract.advice)"
            )
        }
        record.link = contract.path
        record.hook = hook
        let parents = try files.missingDirectories(of: InstallRecord.directory)
        let own = try files.missingDirectories(of: contract.directory).filter { !parents.contains($0) }
        record.directories += (parents + own).filter { !record.directories.contains($0) }

        for directory in parents { try makeDirectory(directory) }
        // Before the rest: what is not recorded cannot be taken away.
        if !isDryRun { try files.write(record.text, to: InstallRecord.path(contract)) }
        for directory in own { try makeDirectory(directory) }
        try act("link", "linked", "\(files.place(contract.path)) -> \(hook)") {
            try files.makeLink(contract.path, to: hook)
        }
    }

    /// Takes away what ``install(_:hook:)`` made. Folders that others use by now stay.
    package func uninstall(_ contracts: [HookContract]) throws {
        guard let contract = contracts.first else { return }
        let record = try InstallRecord.of(contract, files)
        let links = record?.link.map { [$0] } ?? contracts.map(\.path)
        var isInstalled = record != nil
        for link in links {
            switch try files.kind(link) {
            case .link(let target) where InstallRecord.owns(target, record):
                isInstalled = true
                try act("remove", "removed", files.place(link)) { try files.removeFile(link) }
            case .nothing: break
            default:
                if record != nil { try report("\(files.place(link)) is not Hostler's any more, and stays") }
            }
        }
        if !isInstalled { return try report("\(contract.name): not installed") }
        guard let record else { return }
        if !isDryRun { try files.removeFile(InstallRecord.path(contract)) }
        try removeDirectories(record.directories)
    }

    private func removeDirectories(_ directories: [String]) throws {
        var remaining: [String] = []
        for directory in directories.reversed() {
            if isDryRun {
                try report("would remove directory \(files.place(directory)) if it is empty then")
            } else if try files.removeDirectory(directory) {
                try report("removed directory \(files.place(directory))")
            } else {
                remaining.insert(directory, at: 0)
            }
        }
        if remaining.isEmpty || isDryRun { return }
        // Another contract that is installed may be what fills them: it takes them away when it goes itself.
        let others = try Files.names(files.place(InstallRecord.directory)).filter { !$0.hasSuffix(".new") }
        guard let heir = others.first else { return }
        let path = InstallRecord.directory + "/" + heir
        guard let text = try Files.text(files.place(path)) else { return }
        var record = try InstallRecord(text, path: files.place(path))
        record.directories = remaining.filter { !record.directories.contains($0) } + record.directories
        try files.write(record.text, to: path)
    }

    private func makeDirectory(_ path: String) throws {
        try act("create directory", "created directory", files.place(path)) { try files.makeDirectory(path) }
    }

    private func act(_ plan: String, _ deed: String, _ what: String, _ body: () throws -> Void) throws {
        if isDryRun { return try report("would \(plan) \(what)") }
        try body()
        try report("\(deed) \(what)")
    }
}
