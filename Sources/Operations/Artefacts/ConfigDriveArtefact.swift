package import DomainXML
internal import Provisioning

/// `configdrive`: the ISO, from what is kept of the guest.
package enum ConfigDriveArtefact: Artefacts.Maker {
    package static let role = "configdrive"
    package static let isMadeEarly = true

    package static func prepare(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> [String] {
        let facts = try GuestFacts(domain)
        let keeper = DriveKeeper(state: state)
        return try keeper.locked(facts.uuid) {
            // A guest that nothing was given has a drive all the same, with its UUID and its name.
            let record = try record(facts.uuid, state)
            let drive = try BuiltDrive(record?.data ?? ConfigDriveData(), facts, format: artefact.format)
            _ = try keeper.write(drive, to: artefact.path)
            return []
        }
    }

    package static func migrate(
        _ artefact: DomainArtefact,
        _ domain: DomainSummary,
        _ state: HostState
    ) throws -> String? {
        let facts = try GuestFacts(domain)
        let keeper = DriveKeeper(state: state)
        return try keeper.locked(facts.uuid) {
            guard let record = try record(facts.uuid, state) else {
                // On storage that both hosts share, or brought here by somebody.
                if try Files.kind(artefact.path) == .file { return nil }
                throw OperationError(
                    .failure,
                    "what its config drive is made of is not known on this host: on the other one, run "
                        + "hostler config-drive export \(domain.name) | ssh THIS-HOST hostler config-drive import"
                )
            }
            let drive = try BuiltDrive(record.data, facts, format: artefact.format)
            _ = try keeper.write(drive, to: record.path)
            return record.path == artefact.path ? nil : record.path
        }
    }

    package static func release(_ artefact: DomainArtefact, _ domain: DomainSummary, _ state: HostState) throws {
        let facts = try GuestFacts(domain)
        let keeper = DriveKeeper(state: state)
        try keeper.locked(facts.uuid) {
            // On a storage pool it stays: before libvirt 10.5 nobody says whether the guest is gone or has only moved to
            // another host that reads the same file.
            if artefact.path.hasPrefix(state.driveFolder + "/") { _ = try keeper.remove(artefact.path) }
            guard let store = try state.openIfPresent() else { return }
            let records = DriveRecords(store: store)
            guard let entry = try records.entry(facts.uuid) else { return }
            if entry.record.isUnset {
                try keeper.removeOwn(entry.record.allPaths)
                try records.remove(facts.uuid)
            } else if !entry.record.leftovers.isEmpty {
                var record = entry.record
                try keeper.removeOwn(record.leftovers)
                record.leftovers = []
                _ = try records.put(record, over: entry)
            }
        }
    }

    private static func record(_ uuid: String, _ state: HostState) throws -> DriveRecord? {
        guard let store = try state.openIfPresent() else { return nil }
        return try DriveRecords(store: store).entry(uuid).flatMap { $0.record.isUnset ? nil : $0.record }
    }
}
