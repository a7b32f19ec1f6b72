internal import CLibvirt
internal import CLibvirtLoader
internal import Foundation
internal import Synchronization

/// A connection to libvirt that tells what happens to its guests, and that is made again whenever it is lost.
public struct EventSession: Sendable {
    public enum Event: Sendable, Equatable {
        /// Connected, for the first time or again. What happened before has not been told.
        case connected
        /// libvirt cannot be reached, or not any more: one sentence. It is tried again.
        case disconnected(String)
        case domain(DomainEvent)
        /// So much happened at once that something was left out.
        case lost
    }

    /// How many events may wait to be taken.
    public static let capacity = 20_000

    private let uri: String?
    private let firstPause: Duration
    private let longestPause: Duration

    /// - Parameters:
    ///   - uri: as ``Connection/init(_:)`` takes it.
    ///   - firstPause: before the second try to connect; each further one waits twice as long.
    ///   - longestPause: between two tries.
    public init(uri: String?, firstPause: Duration = .milliseconds(100), longestPause: Duration = .seconds(5)) {
        self.uri = uri
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// Tells `body` what happens, one event after the other, until the task is cancelled.
    public func run(_ body: (Event) async -> Void) async {
        var pause = firstPause
        var lastProblem: String?
        while !Task.isCancelled {
            do {
                let link = try await Link.open(uri)
                (pause, lastProblem) = (firstPause, nil)
                await body(.connected)
                let reason = await listen(link, body)
                await link.close()
                if Task.isCancelled { return }
                await body(.disconnected(reason))
            } catch {
                let sentence = (error as? LibvirtError)?.message ?? "\(error)"
                if sentence != lastProblem { await body(.disconnected(sentence)) }
                lastProblem = sentence
            }
            // Some longer than others, so that the daemons of many hosts do not come all at once.
            do { try await Task.sleep(for: pause * Double.random(in: 0.8...1.2)) } catch { return }
            pause = min(pause * 2, longestPause)
        }
    }

    private func listen(_ link: Link, _ body: (Event) async -> Void) async -> String {
        for await message in link.messages {
            if link.hasLost() { await body(.lost) }
            switch message {
            case .event(let event): await body(.domain(event))
            case .closed(let reason): return reason
            }
        }
        return "the connection was given up"
    }
}

/// One connection and its subscriptions.
///
/// Sendable although libvirt's connection is not: it is opened, subscribed and closed on ``queue`` alone. The callbacks,
/// which come in the event loop's thread, use nothing but the continuation and the flag, which are made for that.
private final class Link: @unchecked Sendable {
    enum Message: Sendable {
        case event(DomainEvent)
        case closed(String)
    }

    let messages: AsyncStream<Message>
    private let continuation: AsyncStream<Message>.Continuation
    private let isLossy = Atomic(false)
    private let queue = DispatchQueue(label: "libvirt-session")
    private var connection: Connection?
    private var numbers: [Int32] = []

    private init() {
        (messages, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(EventSession.capacity))
    }

    static func open(_ uri: String?) async throws -> Link {
        try EventLoop.start()
        let link = Link()
        try await link.onQueue { try link.connect(uri) }
        return link
    }

    /// Whether something was left out since the last call.
    func hasLost() -> Bool { isLossy.exchange(false, ordering: .relaxed) }

    func close() async {
        // Without a body that throws, there is nothing to catch.
        _ = try? await onQueue { self.disconnect() }
        continuation.finish()
    }

    private func onQueue(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            queue.async { done.resume(with: Result(catching: body)) }
        }
    }

    private func connect(_ uri: String?) throws {
        let connection = try Connection(uri)
        self.connection = connection
        // Where the driver is in this process there is nothing to be kept alive.
        _ = virConnectSetKeepAlive(connection.pointer, 5, 3)
        for kind in Self.kinds {
            let number = hostler_virSubscribe(
                connection.pointer,
                Int32(bitPattern: kind.rawValue),
                Self.handler,
                Unmanaged.passRetained(self).toOpaque(),
                Self.release
            )
            if number >= 0 {
                numbers.append(number)
            } else if kind == VIR_DOMAIN_EVENT_ID_LIFECYCLE {
                // The others are not everywhere; without this one a state would only follow now and then.
                let error = LibvirtError.last("subscribing to events")
                disconnect()
                throw error
            }
        }
        let context = Unmanaged.passRetained(self)
        if virConnectRegisterCloseCallback(connection.pointer, Self.closeHandler, context.toOpaque(), Self.release) < 0
        {
            // Not there for drivers in this process, which cannot be lost either.
            context.release()
        }
    }

    /// What the callbacks hold of this object they give back, when the event loop is inside of none of them any more.
    private func disconnect() {
        guard let connection else { return }
        _ = virConnectUnregisterCloseCallback(connection.pointer, Self.closeHandler)
        for number in numbers { _ = virConnectDomainEventDeregisterAny(connection.pointer, number) }
        numbers = []
        self.connection = nil
    }

    private static let release: virFreeCallback = { context in
        guard let context else { return }
        Unmanaged<Link>.fromOpaque(context).release()
    }

    private static let kinds = [
        VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
        VIR_DOMAIN_EVENT_ID_REBOOT,
    ]

    private static let handler: hostler_event_handler = { context, event in
        guard let context, let event, let parsed = DomainEvent(event.pointee) else { return }
        Unmanaged<Link>.fromOpaque(context).takeUnretainedValue().tell(.event(parsed))
    }

    private static let closeHandler: virConnectCloseFunc = { _, reason, context in
        guard let context else { return }
        let reasons = [
            "libvirt closed the connection", "libvirt went away", "libvirt does not answer", "it was closed",
        ]
        let sentence = reasons.indices.contains(Int(reason)) ? reasons[Int(reason)] : reasons[0]
        Unmanaged<Link>.fromOpaque(context).takeUnretainedValue().tell(.closed(sentence))
    }

    private func tell(_ message: Message) {
        if case .dropped = continuation.yield(message) { isLossy.store(true, ordering: .relaxed) }
    }
}
