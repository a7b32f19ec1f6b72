import Foundation
import Provisioning
import StateStore
import Synchronization
import TestSupport

@testable import Operations

/// A host with a folder for templates, gone with the value.
final class TemplateHost: Sendable {
    let folder: URL
    let state: HostState
    let records: TemplateRecords
    let fetcher = FakeFetcher()
    let stager: TemplateStager

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hostler-test-\(UUID())")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "pool"),
            withIntermediateDirectories: true
        )
        state = HostState(folder: folder.appending(path: "state").path)
        records = TemplateRecords(store: try state.open())
        stager = TemplateStager(state: state, records: records, fetcher: fetcher)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var pool: String { TemplatePlace(folder: folder.appending(path: "pool").path).folder }
    var files: GuestFiles { GuestFiles(state: state, records: records) }
    var maintenance: TemplateMaintenance { TemplateMaintenance(state: state, records: records) }

    /// What another process of this host would have.
    func other() throws -> TemplateStager {
        TemplateStager(state: state, records: TemplateRecords(store: try state.open()), fetcher: fetcher)
    }

    func template(
        _ name: String = "debian",
        kind: TemplateRecord.Kind = .template,
        isRegistered: Bool = true
    ) throws -> TemplateRecord {
        try records.register(
            TemplateRecord(name: name, kind: kind, url: "https://h/\(name)", isRegistered: isRegistered)
        )
    }

    /// What guest number `guest` is to have.
    func need(
        _ template: TemplateRecord,
        _ kind: TemplateUse.Kind = .overlay,
        guest: Int = 1,
        path: String? = nil
    ) -> TemplateNeed {
        let uuid = "00000000-0000-4000-8000-00000000000\(guest)"
        let usual = kind == .medium ? "\(state.mediaFolder)/\(uuid).iso" : "\(pool)/hostler-\(uuid)-vda.qcow2"
        return TemplateNeed(
            template: template,
            use: TemplateUse(
                template: template.id,
                folder: pool,
                guest: uuid,
                guestName: "guest\(guest)",
                path: path ?? usual,
                kind: kind
            )
        )
    }

    /// Has the guest's file made of what is staged.
    @discardableResult
    func make(_ need: TemplateNeed) async throws -> TemplateCopy {
        try files.note(need)
        let copy = try await stager.stage(need.template, in: pool)
        try files.make(need, of: copy)
        return copy
    }

    var poolNames: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: pool).sorted() } }

    /// As if all that is kept of guests were older than what is left alone for its youth.
    func age() throws {
        for use in try records.uses() {
            let data = try JSONEncoder().encode(use)
            guard var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { continue }
            object["created"] = 1
            let old = try JSONDecoder().decode(TemplateUse.self, from: JSONSerialization.data(withJSONObject: object))
            try records.put(old)
        }
    }
}

/// Makes images of one byte, or fails, or takes for ever, as it is told.
final class FakeFetcher: TemplateFetcher {
    struct State {
        var fetches = 0
        var questions = 0
        var byte: UInt8 = 1
        var failure: DownloadError?
        var isUnchanged: Bool? = true
        var isHeld = false
        /// Once the file has its name.
        var lateFailure: DownloadError?
    }

    let state = Mutex(State())

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    var fetches: Int { state.withLock { $0.fetches } }

    func fetch(
        _ template: TemplateRecord,
        into folder: String,
        progress: DownloadProgress,
        announce: @escaping ImageFetch.Announcement
    ) async throws(DownloadError) -> FetchedImage {
        set { $0.fetches += 1 }
        progress.update { snapshot in
            snapshot.phase = .downloading
            (snapshot.received, snapshot.total) = (43, 100)
        }
        while state.withLock({ $0.isHeld }) {
            do { try await Task.sleep(for: .milliseconds(20)) } catch { throw DownloadError(.cancelled, "cancelled") }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let byte = state.withLock { $0.byte }
        let file = "\(template.name)-\(byte).raw"
        let bytes = [UInt8](repeating: byte, count: 65_536)
        let path = "\(folder)/\(file)"
        let image = FetchedImage(
            file: file,
            format: .raw,
            virtualSize: 65_536,
            fileSize: 65_536,
            sourceDigests: [],
            imageDigest: Checksum(algorithm: .sha256, hex: hexadecimal(DigestAlgorithm.sha256.digest(bytes))),
            validator: .entityTag("\"\(byte)\"")
        )
        try announce(image)
        do { try Data(bytes).write(to: URL(filePath: path)) } catch { throw DownloadError(.fileSystem, "\(error)") }
        if let failure = state.withLock({ $0.lateFailure }) { throw failure }
        return image
    }

    func isUnchanged(
        _ template: TemplateRecord,
        since validator: ContentValidator
    ) async throws(DownloadError) -> Bool? {
        set { $0.questions += 1 }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return state.withLock { $0.isUnchanged }
    }
}
