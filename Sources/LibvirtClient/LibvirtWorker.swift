internal import CLibvirt
internal import CLibvirtLoader
internal import Foundation
internal import Synchronization

/// Connections for calls to libvirt from asynchronous code: each waits in a thread that nobody else needs.
public final class LibvirtWorker: Sendable {
    private let slots: [Slot]
    private let load: Mutex<[Int]>

    /// - Parameters:
    ///   - uri: as ``Connection/init(_:)`` takes it.
    ///   - slots: how many calls may wait for libvirt at once, 1 or more.
    public init(uri: String?, slots: Int = 4) {
        self.slots = (0..<max(slots, 1)).map { _ in Slot(uri) }
        load = Mutex(Array(repeating: 0, count: max(slots, 1)))
    }

    /// Calls `body` with a connection that is open; it is opened again where it was lost.
    ///
    /// - Throws: ``LibvirtError`` where libvirt cannot be reached, and what `body` throws.
    public func run<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result) async throws -> Result
    {
        let index = load.withLock { load in
            let index = load.indices.min { load[$0] < load[$1] } ?? 0
            load[index] += 1
            return index
        }
        defer { load.withLock { $0[index] -= 1 } }
        return try await slots[index].run(body)
    }
}

/// One connection with its thread.
///
/// Sendable although libvirt's connection is not: it is made, used and dropped on ``queue`` alone.
private final class Slot: @unchecked Sendable {
    private let uri: String?
    private let queue = DispatchQueue(label: "libvirt-worker")
    private var connection: Connection?

    init(_ uri: String?) { self.uri = uri }

    func run<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body(try self.open()) }) }
        }
    }

    private func open() throws(LibvirtError) -> Connection {
        // Keepalive needs the loop, and tells the difference between a slow libvirt and one that is gone.
        try EventLoop.start()
        if let connection, virConnectIsAlive(connection.pointer) == 1 { return connection }
        connection = nil
        let opened = try Connection(uri)
        _ = virConnectSetKeepAlive(opened.pointer, 5, 3)
        connection = opened
        return opened
    }
}
