import Foundation
import Glibc
import Synchronization
import TestSupport

/// A small file system that one thread alone sees, and that is gone with it.
enum PrivateMount {
    private typealias Unshare = @convention(c) (Int32) -> Int32
    /// `CLONE_NEWNS`; like `unshare` itself, sched.h shows it to GNU sources only.
    private static let newMounts: Int32 = 0x20000

    private final class Answer<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)

        func put(_ new: Result<Value, any Error>) { result.withLock { $0 = new } }
        func get() throws -> Value? { try result.withLock { $0 }?.get() }
    }

    /// Runs `body` on a thread of its own, which has a file system of `size` at `folder`.
    static func run<Value: Sendable>(
        size: String,
        at folder: String,
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let answer = Answer<Value>()
        Thread.detachNewThread {
            answer.put(
                Result {
                    try mount(size: size, at: folder)
                    return try body()
                }
            )
        }
        var value: Value?
        try wait(for: "the thread with the mount") {
            value = try answer.get()
            return value != nil
        }
        guard let value else { throw Command.Failed("the thread with the mount has no answer") }
        return value
    }

    private static func mount(size: String, at folder: String) throws {
        guard let symbol = dlsym(nil, "unshare") else { throw Command.Failed("no unshare") }
        let unshare = unsafeBitCast(symbol, to: Unshare.self)
        // Without MS_PRIVATE, the mount would show up in the namespace that this one is copied from.
        let isMounted =
            unshare(newMounts) == 0
            && Glibc.mount("none", "/", nil, UInt(MS_REC | MS_PRIVATE), nil) == 0
            && Glibc.mount("tmpfs", folder, "tmpfs", 0, "size=\(size),mode=700") == 0
        if !isMounted { throw Command.Failed("cannot mount: \(String(cString: strerror(errno)))") }
    }
}
