internal import DomainXML
package import LibvirtClient
package import Logging
package import Operations
internal import ServiceLifecycle
internal import Synchronization

/// Applies the properties in a guest's metadata to its definition, whoever has put them there.
package final class AutoApply: Service {
    private let worker: LibvirtWorker
    private let files: GuestFiles
    private let log: EventLog
    private let logger: Logger
    private let wishes: AsyncStream<String>
    private let queue: AsyncStream<String>.Continuation
    private let memory = Mutex<[String: Memory]>([:])

    /// What was done with a guest's definition.
    private struct Memory {
        /// When it was changed lately.
        var changes: [ContinuousClock.Instant] = []
        /// The last complaint, which is not said twice in a row.
        var complaint: String?
    }

    /// Another program that undoes what we do, for whatever reason, is not argued with for longer than this.
    private static let maximumChanges = 10
    private static let changesWithin = Duration.seconds(600)

    package init(worker: LibvirtWorker, files: GuestFiles, log: EventLog, logger: Logger) {
        self.worker = worker
        self.files = files
        self.log = log
        self.logger = logger
        (wishes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(50_000))
    }

    /// Has a guest's definition looked at.
    package func look(_ uuid: String) { queue.yield(uuid) }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // One after the other: it is not urgent, and libvirt has others to serve.
            for await uuid in self.wishes { await self.apply(uuid) }
        }
    }

    private enum Outcome: Sendable {
        case nothing
        case applied
        case refused(String)
    }

    private struct Look: Sendable {
        let outcome: Outcome
        var name = ""
        /// Where its properties are understood: with what they ask for.
        var definition: [UInt8]?
    }

    private func apply(_ uuid: String) async {
        do {
            let look = try await worker.run { connection in try self.apply(uuid, connection) }
            if let definition = look.definition { await note(definition, uuid, look.name) }
            switch look.outcome {
            case .nothing: break
            case .applied:
                logger.info("guest \(look.name): the properties in its metadata are applied")
                try tell(uuid, look.name, .info, "the properties in its metadata are applied")
            case .refused(let sentence):
                logger.warning("guest \(look.name): its properties cannot be applied: \(sentence)")
                try tell(uuid, look.name, .error, "its properties cannot be applied: \(sentence)")
            }
        } catch let error as LibvirtError where error.code == .noDomain {
            memory.withLock { $0[uuid] = nil }
        } catch {
            logger.warning("the properties of guest \(uuid) cannot be applied: \(GuestWatch.sentence(error))")
        }
    }

    private func tell(_ uuid: String, _ name: String, _ level: GuestEvent.Level, _ text: String) throws {
        try log.append(
            GuestEvent(
                time: Timestamp.now(),
                uuid: uuid,
                guest: name,
                type: "VM.UPDATE",
                source: .hostler,
                level: level,
                text: text
            )
        )
    }

    private func apply(_ uuid: String, _ connection: Connection) throws -> Look {
        let domain = try connection.domain(uuid: uuid)
        guard try domain.isPersistent() else { return Look(outcome: .nothing) }
        // With its passwords: a definition without them would take the guest's VNC password away.
        let xml = try domain.xml(inactive: true, secure: true)
        guard PropertyMention.isIn(xml) else { return Look(outcome: .nothing) }
        let name = try domain.name()
        let request: TransformRequest
        do {
            request = try TemplatePool.resolved(xml, TransformRequest(allowedURLs: try .ofThisHost()), connection)
        } catch {
            return Look(outcome: refused(uuid, GuestWatch.sentence(error)), name: name)
        }
        let result: TransformResult
        do throws(DomainXMLError) {
            result = try DomainTransformer.transform(xml, request)
        } catch {
            return Look(outcome: refused(uuid, error.message), name: name)
        }
        return Look(outcome: define(result, uuid, connection), name: name, definition: result.xml)
    }

    private func define(_ result: TransformResult, _ uuid: String, _ connection: Connection) -> Outcome {
        if result.isChanged {
            guard mayChange(uuid) else {
                return refused(uuid, "another program takes them away again and again, so they are left alone for now")
            }
            do throws(LibvirtError) { _ = try connection.define(result.xml) } catch {
                return refused(uuid, error.message)
            }
        }
        memory.withLock { $0[uuid]?.complaint = nil }
        return result.isChanged ? .applied : .nothing
    }

    private func mayChange(_ uuid: String) -> Bool {
        let now = ContinuousClock.now
        return memory.withLock { memory in
            var changes = (memory[uuid]?.changes ?? []).filter { now - $0 < Self.changesWithin }
            let isFine = changes.count < Self.maximumChanges
            if isFine { changes.append(now) }
            memory[uuid, default: Memory()].changes = changes
            return isFine
        }
    }

    /// Tried again at the next change, or when libvirt is connected to again.
    private func refused(_ uuid: String, _ sentence: String) -> Outcome {
        let isNews = memory.withLock { memory in
            let isNews = memory[uuid]?.complaint != sentence
            memory[uuid, default: Memory()].complaint = sentence
            return isNews
        }
        return isNews ? .refused(sentence) : .nothing
    }

    /// How long a pool may take to answer before the next guest is looked at.
    private static let patience = Duration.seconds(10)

    /// Staging begins now, so that the guest's start finds it done.
    private func note(_ definition: [UInt8], _ uuid: String, _ name: String) async {
        do {
            let isDone = try await offPool(within: Self.patience) { [files] in
                let needs = try TemplateNeed.all(in: definition, files.state)
                for need in needs { try files.note(need) }
                try files.dropWishes(uuid.lowercased(), but: needs)
                return true
            }
            if isDone == nil { throw OperationError(.failure, "the file system of its pool does not answer") }
        } catch is CancellationError {
            return
        } catch {
            // Its start says the same.
            logger.warning("guest \(name): what it needs is not staged yet: \(GuestWatch.sentence(error))")
        }
    }
}

/// Whether a domain may have properties: oVirt's, or our own.
private enum PropertyMention {
    private static let namespaces = ["urn:hostler:domain:1.0", "http://ovirt.org/vm/1.0"].map { Array($0.utf8) }

    static func isIn(_ xml: [UInt8]) -> Bool { namespaces.contains { xml.firstRange(of: $0) != nil } }
}
