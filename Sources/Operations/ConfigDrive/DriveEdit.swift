internal import DomainXML
internal import LibvirtClient
package import Provisioning
internal import StateStore

/// A change of what is kept of a guest's drive: worked out whole before anything is written, and taken back where writing
/// fails half-way. Whatever a killed command has left undone, the next one does.
///
/// Two locks, in this order: commands that edit the same guest wait for each other; and whoever makes or removes its files
/// holds a second lock for a moment, which hooks take too. libvirt is never asked while that one is held: it may be waiting
/// for its hook, which waits for the lock.
package struct DriveEdit {
    package typealias Change = (inout ConfigDriveData) -> Void

    package let guest: Guest
    private let state = HostState.ofThisUser
    private let keeper = DriveKeeper(state: .ofThisUser)
    private let uuid: String
    private let uri: String
    private let records: DriveRecords
    /// With its passwords: a definition without them would take the guest's VNC password away.
    private let definition: [UInt8]
    private let isActive: Bool

    /// Calls `body` while no other command edits the guest's drive.
    package static func of(_ guest: Guest, _ body: (DriveEdit) throws -> Void) throws {
        let uuid = try guest.domain.uuid().lowercased()
        try DriveKeeper(state: .ofThisUser).editing(uuid) { try body(try DriveEdit(guest, uuid)) }
    }

    private init(_ guest: Guest, _ uuid: String) throws {
        self.guest = guest
        self.uuid = uuid
        uri = try guest.connection.uri()
        definition = try guest.definition(secure: true)
        isActive = try guest.domain.isActive()
        records = DriveRecords(store: try state.open())
    }

    /// Where the ISO is to be kept.
    package enum Place {
        case asItIs
        case hostFolder
        case pool(DrivePool)
    }

    // MARK: Attaching

    /// Changes what is kept, and attaches the drive: the state, the ISO, the definition, and the medium of the running guest.
    package func attach(format: String?, place: Place, _ changes: [Change]) throws {
        let limit = try AllowedURLs.ofThisHost()
        let live = isActive ? try guest.domain.xml(inactive: false, secure: false) : nil
        let medium = try live.flatMap { try LiveMedium($0) }
        let (attached, written, old) = try keeper.locked(uuid) {
            let base = try records.entry(uuid)
            var record = base?.record ?? DriveRecord(uuid: uuid, folder: state.driveFolder)
            switch place {
            case .asItIs: break
            case .hostFolder: (record.folder, record.pool) = (state.driveFolder, nil)
            case .pool(let pool): (record.folder, record.pool) = (pool.folder, pool.name)
            }
            let path = record.path
            record.leftovers.removeAll { $0 == path }
            if let old = base?.record.path, old != record.path { record.leftovers.append(old) }
            record.isMediumPending = medium != nil
            record.isUnset = false
            let attached = try transform(record, format, limit)
            return (attached, try write(record, over: base, attached, changes), base?.record)
        }
        guest.warn(attached.warnings)
        if attached.isChanged {
            do { _ = try guest.connection.define(attached.xml) } catch {
                try keeper.locked(uuid) { try takeBack(written, old) }
                throw error
            }
        }
        let wasInserted = try insert(medium, written, wasPending: old?.isMediumPending ?? false)
        try finish(written)
        if case .pool(let pool) = place { try pool.refresh() }
        try guest.messages.say("guest \(guest.name): \(report(written, medium != nil, wasInserted: wasInserted))")
        warnWithoutHook()
    }

    private func transform(_ record: DriveRecord, _ format: String?, _ limit: AllowedURLs) throws -> TransformResult {
        var properties = [PropertyValue(name: "configdrive", value: "on", source: .commandLine)]
        if let format {
            properties.append(PropertyValue(name: "configdrive_format", value: format, source: .commandLine))
        }
        return try guest.transform(
            definition,
            TransformRequest(properties: properties, allowedURLs: limit, artefacts: ["configdrive": record.path])
        )
    }

    /// Puts the new disc into the drive of the running guest, unless it is there.
    private func insert(_ medium: LiveMedium?, _ written: Written, wasPending: Bool) throws -> Bool {
        guard let medium else { return false }
        guard written.isNew || wasPending || medium.path != written.record.path else { return false }
        try medium.change(guest, to: written.record.path)
        return true
    }

    /// Removes what nobody reads any more, and notes that all is done.
    private func finish(_ written: Written) throws {
        var record = written.record
        if record.leftovers.isEmpty && !record.isMediumPending { return }
        try keeper.locked(uuid) {
            try keeper.removeOwn(record.leftovers)
            record.leftovers = []
            record.isMediumPending = false
            // Somebody who came later does it himself.
            _ = try records.put(record, overRevision: written.revision)
        }
    }

    private func report(_ written: Written, _ hasDrive: Bool, wasInserted: Bool) -> String {
        let what = "config drive \(written.isNew ? "made" : "is as it was") (\(written.drive.summary))"
        if !isActive { return what + ", attached at its next start" }
        if !hasDrive { return what + "; takes effect at the next start" }
        return wasInserted ? what + " and put into the running guest, which has to mount it again" : what
    }

    // MARK: For the next start

    /// Whether the guest's definition has a drive that Hostler makes.
    package func isAttached() throws -> Bool { try artefact() != nil }

    /// Changes what is kept, and the ISO of a guest that does not run: what a running one reads stays as it is.
    package func changeForNextStart(_ changes: [Change]) throws {
        guard let artefact = try artefact() else { return }
        let attached = try guest.transform(definition, TransformRequest())
        try keeper.locked(uuid) {
            let base = try records.entry(uuid)
            let folder = String(
                artefact.path.prefix(upTo: artefact.path.lastIndex(of: "/") ?? artefact.path.startIndex)
            )
            let record = base?.record ?? DriveRecord(uuid: uuid, folder: folder)
            _ = try write(record, over: base, attached, changes, withISO: !isActive)
        }
        if isActive { warnWithoutHook() }
    }

    private func artefact() throws -> DomainArtefact? {
        try guest.transform(definition, TransformRequest()).artefacts.first { $0.role == "configdrive" }
    }

    // MARK: Taking away

    /// Detaches the drive and forgets what was kept; files that a running guest reads are removed when it is gone.
    ///
    /// - Returns: whether there was anything to take away.
    package func detach() throws -> Bool {
        var isDetached = false
        if try guest.domain.isPersistent() {
            let request = TransformRequest(unset: ["configdrive"], allowedURLs: try .ofThisHost())
            let result = try guest.transform(definition, request)
            if result.isChanged { _ = try guest.connection.define(result.xml) }
            isDetached = result.isChanged
        }
        return try keeper.locked(uuid) {
            let entry = try records.entry(uuid)
            if isActive, var record = entry?.record {
                if record.isUnset { return isDetached }
                (record.data, record.isUnset) = (ConfigDriveData(), true)
                guard try records.put(record, over: entry) != nil else { throw conflict }
                return true
            }
            let record = entry?.record ?? DriveRecord(uuid: uuid, folder: state.driveFolder)
            let isRemoved = try !isActive && keeper.removeOwn(record.allPaths)
            try records.remove(uuid)
            return isDetached || entry != nil || isRemoved
        }
    }

    // MARK: Writing

    /// What is written.
    private struct Written {
        let record: DriveRecord
        let revision: Int64
        let drive: BuiltDrive
        /// Whether the ISO had another content before, or was not there.
        let isNew: Bool
    }

    private func write(
        _ old: DriveRecord,
        over base: DriveRecords.Entry?,
        _ attached: TransformResult,
        _ changes: [Change],
        withISO: Bool = true
    ) throws -> Written {
        var record = old
        (record.guest, record.uri, record.imported) = (guest.name, uri, nil)
        for change in changes { change(&record.data) }
        // Everything that can be wrong with the input is found here, before anything is written.
        let drive = try guest.named { try built(record.data, attached.xml) }
        guard let revision = try records.put(record, over: base) else { throw conflict }
        var isNew = false
        if withISO {
            do { isNew = try guest.named { try keeper.write(drive, to: record.path) } } catch {
                if let base {
                    _ = try records.put(base.record, overRevision: revision)
                } else {
                    try records.remove(uuid)
                }
                throw error
            }
        }
        return Written(record: record, revision: revision, drive: drive, isNew: isNew)
    }

    private func built(_ data: ConfigDriveData, _ xml: [UInt8]) throws -> BuiltDrive {
        let summary = try guest.inspect(xml)
        let format = summary.properties.first { $0.name == "configdrive_format" }?.value
        return try BuiltDrive(data, try GuestFacts(summary), format: format ?? "configdrive")
    }

    /// Makes undone what ``write(_:over:_:_:withISO:)`` did, unless somebody has changed it since.
    private func takeBack(_ written: Written, _ old: DriveRecord?) throws {
        guard try records.entry(uuid)?.revision == written.revision else { return }
        if let old { _ = try records.put(old, overRevision: written.revision) } else { try records.remove(uuid) }
        if !written.isNew { return }
        if let old, old.path == written.record.path {
            _ = try keeper.write(try built(old.data, definition), to: old.path)
        } else {
            _ = try keeper.remove(written.record.path)
        }
    }

    private var conflict: OperationError {
        guest.failure("its config drive has been changed by somebody else meanwhile; try again")
    }

    private func warnWithoutHook() {
        if LibvirtHooks.isInstalled(FileSystem(root: "")) { return }
        guest.messages.warn(
            "the libvirt hook is not installed, so the drive is made by these commands alone, not at the guest's start: "
                + "hostler install libvirt"
        )
    }
}
