package import DomainXML
internal import LibvirtClient
package import Provisioning

/// Makes and removes the drives of guests, one process at a time for each guest.
package struct DriveKeeper {
    package let state: HostState

    /// Keeps other commands from changing the same guest's drive while `body` runs, which may ask libvirt.
    ///
    /// Hooks never wait for this, since libvirt waits for them.
    package func editing<Result>(_ uuid: String, _ body: () throws -> Result) throws -> Result {
        try state.makeFolder()
        let lock = try FileLock(state.editLockFile, uuid: uuid)
        return try withExtendedLifetime(lock) { try body() }
    }

    /// Keeps other processes from making or removing the drive of the same guest while `body` runs.
    package func locked<Result>(_ uuid: String, _ body: () throws -> Result) throws -> Result {
        state.stage?("waits for another process that makes or removes it")
        try state.makeFolder()
        let lock = try FileLock(state.lockFile, uuid: uuid)
        state.stage?("is being put together")
        return try withExtendedLifetime(lock) { try body() }
    }

    /// Writes `drive` to `path`, unless that is what is there.
    ///
    /// - Returns: whether there was another content before, or none.
    /// - Throws: where the file that is there is not one of ours: the path comes from the domain, which others write too.
    package func write(_ drive: BuiltDrive, to path: String) throws -> Bool {
        if path == "\(state.driveFolder)/\(Self.lastComponent(path))" { try state.makeDriveFolder() }
        try checkOwner(path)
        state.stage?("is being written to \(path) (\((drive.image.count + 1023) / 1024) KiB)")
        return try DriveFile.replace(path, with: drive.image)
    }

    /// Removes a drive of ours.
    ///
    /// - Returns: whether there was one.
    package func remove(_ path: String) throws -> Bool {
        if try Files.kind(path) == .nothing { return false }
        try checkOwner(path)
        try DriveFile.remove(path)
        return true
    }

    /// Removes those of `paths` that are drives of ours. Others' files are no reason to keep what was ours.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package func removeOwn(_ paths: [String]) throws -> Bool {
        var wasThere = false
        for path in paths where try Self.isOwn(path) {
            try DriveFile.remove(path)
            wasThere = true
        }
        return wasThere
    }

    /// Whether there is a drive of ours at `path`.
    package static func isOwn(_ path: String) throws -> Bool { try Files.kind(path) == .file && DriveMark.isOn(path) }

    private func checkOwner(_ path: String) throws {
        if try Files.kind(path) == .nothing || Self.isOwn(path) { return }
        throw OperationError(.failure, "\(path) is not a drive that Hostler has made, so it is left alone")
    }

    private static func lastComponent(_ path: String) -> Substring {
        path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
    }
}

extension GuestFacts {
    /// - Parameter uuid: for a domain that has none of its own.
    /// - Throws: where the domain has no UUID that a drive could be for.
    package init(_ summary: DomainSummary, uuid given: String? = nil) throws(OperationError) {
        guard let uuid = summary.uuid.flatMap({ DomainArtefact.canonical(uuid: $0) }) ?? given else {
            throw OperationError(
                .badInput,
                "the domain \(summary.name) has no <uuid>, which cloud-init knows an instance by: give it one"
            )
        }
        self.init(
            uuid: uuid,
            name: summary.name.isEmpty ? nil : summary.name,
            interfaces: summary.interfaces.compactMap { interface in
                interface.mac.map { GuestFacts.Interface(mac: $0, mtu: interface.mtu) }
            }
        )
    }
}
