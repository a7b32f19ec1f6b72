internal import DomainXML
internal import Glibc
package import LibvirtClient
internal import Provisioning

/// Drives, and what is kept for them, that no guest needs any more.
package struct DriveOrphans: Sendable {
    private let state: HostState
    private let keeper: DriveKeeper
    private let records: DriveRecords?
    private let uri: String
    /// Whether each known guest runs, by UUID.
    private let guests: [String: Bool]
    private let hasHook: Bool
    /// Before libvirt was asked, on the clock that files are stamped by, in nanoseconds since 1970. A drive that was wanted
    /// since is for a guest that starts.
    private let begun: Int
    /// A drive that is younger may be for a guest that libvirt does not know yet: VDSM's hook runs before.
    private static let youth = 600
    /// How long what was imported may wait for its guest: a day.
    private static let patience = 86_400

    package init(state: HostState, _ connection: Connection) throws {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        begun = Files.nanoseconds(time)
        self.state = state
        keeper = DriveKeeper(state: state)
        records = try state.openIfPresent().map { DriveRecords(store: $0) }
        uri = try connection.uri()
        var guests: [String: Bool] = [:]
        for domain in try connection.domains() {
            // A guest that has ended since libvirt made the list is no reason to keep anything.
            do throws(LibvirtError) { guests[try domain.uuid().lowercased()] = try domain.isActive() } catch {
                if error.code != .noDomain { throw error }
            }
        }
        self.guests = guests
        hasHook = LibvirtHooks.isInstalled(FileSystem(root: ""))
    }

    package func found() throws -> [Leftover] {
        let all = try records?.all() ?? []
        var orphans: [Leftover] = []
        for record in all where record.uri == uri {
            if guests[record.uuid] == nil && !isAwaited(record) {
                orphans.append(forgotten(record, "the guest is not defined"))
            } else if record.isUnset && guests[record.uuid] != true {
                orphans.append(forgotten(record, "it was taken away while the guest ran"))
            }
        }
        // Where a hook would make it again, the drive of a guest that does not run has no business to be there.
        let known = Dictionary(all.map { ($0.uuid, $0) }, uniquingKeysWith: { first, _ in first })
        for name in try Files.names(state.driveFolder) {
            guard name.hasSuffix(".iso"), let uuid = DomainArtefact.canonical(uuid: String(name.dropLast(4))) else {
                continue
            }
            let path = "\(state.driveFolder)/\(name)"
            guard let reason = try reason(uuid, known[uuid], path), try DriveKeeper.isOwn(path) else { continue }
            orphans.append(left(path, uuid, reason))
        }
        for record in all where record.uri == uri && guests[record.uuid] == false && !record.isUnset {
            for path in record.leftovers where try DriveKeeper.isOwn(path) && !path.hasPrefix(state.driveFolder + "/") {
                orphans.append(left(path, record.uuid, "its guest has its drive elsewhere by now"))
            }
        }
        for folder in Set(all.map(\.folder) + [state.driveFolder]).sorted() {
            orphans += try DriveFile.sweep(folder, dryRun: true).map { path in
                Leftover(path, "a command was killed while it wrote") {
                    try DriveFile.sweep(folder)
                }
            }
        }
        return orphans
    }

    private func forgotten(_ record: DriveRecord, _ reason: String) -> Leftover {
        Leftover("what is kept for \(record.guest) (\(record.uuid))", reason) {
            [keeper, records, begun] in
            try keeper.locked(record.uuid) {
                if try records?.entry(record.uuid)?.record != record { return }
                if record.allPaths.contains(where: { Self.isWanted($0, since: begun) }) { return }
                // The files first: what is kept tells where they are.
                try keeper.removeOwn(record.allPaths)
                try records?.remove(record.uuid)
            }
        }
    }

    private func left(_ path: String, _ uuid: String, _ reason: String) -> Leftover {
        Leftover(path, reason) { [keeper, begun] in
            try keeper.locked(uuid) { if !Self.isWanted(path, since: begun) { _ = try keeper.remove(path) } }
        }
    }

    /// - Parameter time: inclusive, since the clock has steps.
    private static func isWanted(_ path: String, since time: Int) -> Bool {
        Files.changeTime(path).map { $0 >= time } ?? false
    }

    /// Why an ISO is not needed; `nil` where it is, or may be.
    private func reason(_ uuid: String, _ record: DriveRecord?, _ path: String) throws -> String? {
        if let record, record.uri != uri || record.isUnset { return nil }
        switch guests[uuid] {
        case nil: return record == nil && !isYoung(path) ? "its guest is not defined" : nil
        case true?: return nil
        case false?: return hasHook ? "its guest does not run, and has it made at its next start" : nil
        }
    }

    private func isYoung(_ path: String) -> Bool {
        guard let changed = Files.changeTime(path) else { return true }
        return changed / 1_000_000_000 + Self.youth > time(nil)
    }

    private func isAwaited(_ record: DriveRecord) -> Bool {
        record.imported.map { $0 + Self.patience > time(nil) } ?? false
    }
}
