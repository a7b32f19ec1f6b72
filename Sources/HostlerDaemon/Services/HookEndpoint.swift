internal import DomainXML
internal import Foundation
package import Logging
internal import Metrics
package import Operations
internal import Provisioning
internal import Synchronization

/// What libvirt's hook asks for. libvirt is never asked here: it holds the guest, and waits for its hook.
package struct HookEndpoint: ServerResponder {
    private let tracker: GuestTracker
    private let state: HostState
    private let patience: Duration
    private let stagingPatience: @Sendable () -> Duration
    private let check: @Sendable (String) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - patience: how long a hook waits for its guest's files.
    ///   - stagingPatience: how long it waits for what has to be staged for them.
    ///   - check: has libvirt asked about a guest, later.
    package init(
        tracker: GuestTracker,
        state: HostState,
        patience: Duration,
        stagingPatience: @escaping @Sendable () -> Duration = { .seconds(5) },
        check: @escaping @Sendable (String) -> Void,
        logger: Logger
    ) {
        self.tracker = tracker
        self.state = state
        self.patience = patience
        self.stagingPatience = stagingPatience
        self.check = check
        self.logger = logger
    }

    /// `POST /hook/OPERATION/SUB-OPERATION?guest=NAME&extra=EXTRA` with the domain.
    package func respond(to request: ServerRequest) async -> ServerResponse {
        guard request.method == "POST" else { return ServerResponse(405, "POST is wanted") }
        // Who may use the socket may not thereby tell what libvirt does.
        guard case .local(uid: 0, gid: _, pid: _) = request.peer else {
            return ServerResponse(403, "libvirt's hook runs as root")
        }
        let words = request.path.split(separator: "/")
        guard words.count == 3, let operation = words[1].removingPercentEncoding else {
            return ServerResponse(404, "there is no such operation")
        }
        let values = FormValues(request.query ?? "")
        let guest = values["guest"] ?? ""
        let known = Self.operations.contains(operation) ? operation : "other"
        Counter(label: "hostler_hook_calls_total", dimensions: [("operation", known)]).increment()
        let extra = values["extra"] ?? "-"
        switch operation {
        case "prepare", "migrate", "release":
            // After a migration the destination may read the very same file.
            if operation == "release" && extra == "migrated" { break }
            return await work(guest, operation, extra, request.body)
        default: break
        }
        await note(operation, extra, guest, request.body)
        return ServerResponse(200, body: [])
    }

    private static let operations = [
        "prepare", "start", "started", "stopped", "release", "migrate", "restore", "reconnect", "attach",
    ]

    private func note(_ operation: String, _ extra: String, _ guest: String, _ xml: [UInt8]) async {
        Counter(label: "hostler_events_total", dimensions: [("source", "hook")]).increment()
        guard let uuid = Self.uuid(of: xml) else { return }
        do {
            let input = GuestInput.hook(operation: operation, extra: extra)
            if try await tracker.apply(input, uuid: uuid, name: guest) { check(uuid) }
            if operation == "prepare" {
                try await tracker.apply(.holds(HeldArtefact.all(in: xml)), uuid: uuid, name: guest)
            }
            // Also where libvirt's events do not come.
            if ["started", "release", "reconnect"].contains(operation) { check(uuid) }
        } catch {
            // What cannot be kept is no reason to stop a guest.
            logger.error("what happened to guest \(guest) cannot be kept: \(GuestWatch.sentence(error))")
        }
    }

    private static func uuid(of xml: [UInt8]) -> String? {
        let text = String(decoding: xml, as: UTF8.self)
        guard let start = text.firstRange(of: "<uuid>"), let end = text[start.upperBound...].firstRange(of: "</uuid>")
        else { return nil }
        return DomainArtefact.canonical(uuid: String(text[start.upperBound..<end.lowerBound]))
    }

    // MARK: Files

    private enum Answer: Sendable {
        case lines([String])
        case refused(String)
        /// The hook may have better luck on its own.
        case failed(String)
        case late
    }

    private func work(_ guest: String, _ operation: String, _ extra: String, _ xml: [UInt8]) async -> ServerResponse {
        let stage = Stage()
        let answer = await withTaskGroup(of: Answer.self) { group in
            group.addTask {
                // The state's disk may be slow too.
                await note(operation, extra, guest, xml)
                if let refusal = await stagingRefusal(operation, xml) { return refusal }
                return await Self.files(operation, xml, state, stage)
            }
            group.addTask { [patience] in
                // Cancelled once the files are there.
                do { try await Task.sleep(for: patience) } catch { return .late }
                return .late
            }
            let first = await group.next() ?? .late
            group.cancelAll()
            return first
        }
        switch answer {
        case .lines(let lines): return ServerResponse(200, body: Array(lines.map { $0 + "\n" }.joined().utf8))
        case .refused(let sentence):
            logger.warning("guest \(guest): \(operation) is refused: \(sentence)")
            return ServerResponse(409, sentence)
        case .failed(let sentence):
            logger.warning("guest \(guest): \(operation) fails: \(sentence)")
            return ServerResponse(500, sentence)
        case .late:
            let sentence = "after \(patience.components.seconds) s what it needs \(stage.text)"
            logger.warning("guest \(guest): \(operation): \(sentence)")
            let advice =
                switch operation {
                case "release": "hostlerd goes on"
                case "migrate": "migrate it again later"
                default: "start it again later"
                }
            return ServerResponse(409, "\(sentence); \(advice)")
        }
    }

    /// What is not here yet of a template is being brought by ``TemplateKeeper``, which learns of it by this.
    private func stagingRefusal(_ operation: String, _ xml: [UInt8]) async -> Answer? {
        if operation == "release" { return nil }
        // Its own sentence, which says how far it is, comes before the one of who waits for it.
        let patience = min(stagingPatience(), max(patience - .seconds(1), patience / 2))
        do {
            try await GuestStaging.wait(xml, state, patience: patience, isArrival: operation == "migrate") { _ in }
            return nil
        } catch is CancellationError {
            return .late
        } catch {
            return .refused(GuestWatch.sentence(error))
        }
    }

    /// In a thread of its own, since it waits for locks and for disks. Where nobody waits for it any more, it goes on: the
    /// next call finds the file.
    private static func files(
        _ operation: String,
        _ xml: [UInt8],
        _ state: HostState,
        _ stage: Stage
    ) async -> Answer {
        var state = state
        state.stage = { stage.text = $0 }
        do { return try await offPoolUntilCancelled { [state] in answer(operation, xml, state) } } catch {
            return .late
        }
    }

    private static func answer(_ operation: String, _ xml: [UInt8], _ state: HostState) -> Answer {
        do {
            switch operation {
            case "prepare": return .lines(try Artefacts.prepare(xml, state).map { "warning \($0)" })
            case "migrate": return .lines(try Artefacts.migrate(xml, state).map { "path \($0)" })
            default:
                try Artefacts.release(xml, state)
                return .lines([])
            }
        } catch {
            // A domain that the engine does not understand is libvirt's to start or to refuse.
            if error is DomainXMLError { return .lines([]) }
            // This process may see the files in another way than libvirt does: systemd confines it.
            let isOfFiles = error is SystemError || (error as? ConfigDriveError)?.code == .fileSystem
            return isOfFiles ? .failed(GuestWatch.sentence(error)) : .refused(GuestWatch.sentence(error))
        }
    }
}

/// How far the files of a guest are.
private final class Stage: Sendable {
    private let current = Mutex("has not been begun")

    var text: String {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// `a=1&b=2`, decoded.
struct FormValues {
    private let values: [String: String]

    init(_ text: String) {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = String(parts.count > 1 ? parts[1].replacing("+", with: " ") : "")
            values[String(parts[0])] = value.removingPercentEncoding ?? value
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }
}
