internal import DomainXML
package import LibvirtClient
package import Operations
internal import Synchronization

/// The guests of this host.
package final class HostGuests: GuestsService {
    private let records: @Sendable () async throws -> [GuestRecord]
    private let worker: LibvirtWorker
    private let hostID: String
    private let details = Mutex<[String: Details]>([:])

    /// What only libvirt knows; kept for a moment, for clients that ask for a thousand guests one by one.
    private struct Details: Sendable {
        let cpus: Int
        /// MiB.
        let memory: Int
        let macs: [String]
        let time: ContinuousClock.Instant
    }

    private static let freshness = Duration.seconds(10)

    /// - Parameter records: what is kept of all guests.
    package init(records: @escaping @Sendable () async throws -> [GuestRecord], worker: LibvirtWorker, hostID: String) {
        self.records = records
        self.worker = worker
        self.hostID = hostID
    }

    package func list() async throws -> [GuestInfo] {
        let records = try await records()
        let details = await details(records)
        return records.map { info($0, details[$0.uuid]) }
    }

    package func guest(_ uuid: String) async throws -> GuestInfo? {
        guard let record = try await records().first(where: { $0.uuid == uuid }) else { return nil }
        return info(record, await details([record])[uuid])
    }

    private func info(_ record: GuestRecord, _ details: Details?) -> GuestInfo {
        let reason = record.note ?? record.reason
        return GuestInfo(
            uuid: record.uuid,
            name: record.name,
            state: record.state.rawValue,
            reason: reason.isEmpty ? nil : reason,
            since: record.since,
            created: record.created,
            cpus: details?.cpus,
            memory: details?.memory,
            hostID: hostID,
            nics: details?.macs.map { GuestInfo.NIC(mac: $0) } ?? [],
            artefacts: record.artefacts.map { GuestInfo.Artefact(role: $0.role, source: $0.source, since: $0.since) }
        )
    }

    /// What libvirt does not tell is left out: the rest is known without it.
    private func details(_ records: [GuestRecord]) async -> [String: Details] {
        let now = ContinuousClock.now
        var known = details.withLock { $0.filter { now - $0.value.time < Self.freshness } }
        // libvirt answers no question about a guest that is in its hook.
        let missing = records.filter { known[$0.uuid] == nil && $0.state != .preparing }.map(\.uuid)
        if missing.isEmpty { return known }
        let found: [String: Details]
        do {
            found = try await worker.run { connection in
                var found: [String: Details] = [:]
                for uuid in missing {
                    do throws(LibvirtError) {
                        found[uuid] = try Self.details(try connection.domain(uuid: uuid), now)
                    } catch {
                        // One that is gone; where libvirt itself is, the others need not be asked for.
                        if error.code != .noDomain { break }
                    }
                }
                return found
            }
        } catch {
            found = [:]
        }
        known.merge(found) { $1 }
        let all = known
        details.withLock { $0 = all }
        return known
    }

    private static func details(_ domain: LibvirtClient.Domain, _ now: ContinuousClock.Instant) throws(LibvirtError)
        -> Details
    {
        let resources = try domain.resources()
        let xml = try domain.xml(inactive: false, secure: false)
        var macs: [String] = []
        // A domain that the engine does not understand has no interfaces for it.
        do throws(DomainXMLError) { macs = try DomainTransformer.inspect(xml).interfaces.compactMap(\.mac) } catch {}
        return Details(cpus: resources.cpus, memory: Int(resources.memory >> 20), macs: macs, time: now)
    }
}
