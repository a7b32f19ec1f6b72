import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Provisioning

@Suite struct FileLockTests {
    private static let guest = "8d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5c"
    private static let other = "00000000-0000-4000-8000-000000000001"

    /// Starts a thread that asks for the lock, and waits until it sleeps in the kernel or has ended.
    private final class Waiter: Sendable {
        private struct State {
            var hasLock = false
            var complaint: ConfigDriveError?
            var hasEnded = false
            var thread: pthread_t?
        }

        private let state = Mutex(State())

        init(_ path: String, _ uuid: String, waitsOn: @escaping @Sendable () -> Bool = { false }) {
            Thread.detachNewThread { [self] in
                // The threads that tests run on block signals, which a new thread takes over.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGUSR1)
                pthread_sigmask(SIG_UNBLOCK, &signals, nil)
                state.withLock { $0.thread = pthread_self() }
                do throws(ConfigDriveError) {
                    let lock = try FileLock(path, uuid: uuid, waitsOn: waitsOn)
                    state.withLock { $0.hasLock = true }
                    _ = consume lock
                } catch {
                    state.withLock { $0.complaint = error }
                }
                state.withLock { $0.hasEnded = true }
            }
        }

        var hasLock: Bool { state.withLock { $0.hasLock } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }
        var complaint: ConfigDriveError? { state.withLock { $0.complaint } }

        func signal() {
            state.withLock { if let thread = $0.thread, !$0.hasEnded { pthread_kill(thread, SIGUSR1) } }
        }
    }

    /// Without SA_RESTART, so that the signal ends the system call.
    private func handleSignal() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGUSR1, &action, nil)
    }

    @Test func theSecondWaitsForTheFirst() throws {
        try withFolder { folder in
            let path = folder.appending(path: "lock").path
            let waiter: Waiter
            do {
                let lock = try FileLock(path, uuid: Self.guest)
                waiter = Waiter(path, Self.guest.uppercased().replacingOccurrences(of: "-", with: ""))
                Thread.sleep(forTimeInterval: 0.2)
                #expect(!waiter.hasLock)
                _ = consume lock
            }
            try wait(for: "the lock") { waiter.hasLock }
            try wait(for: "the thread") { waiter.hasEnded }
        }
    }

    @Test func guestsDoNotWaitForEachOther() throws {
        try withFolder { folder in
            let path = folder.appending(path: "lock").path
            let lock = try FileLock(path, uuid: Self.guest)
            let another = try FileLock(path, uuid: Self.other)
            #expect(try Data(contentsOf: URL(filePath: path)).isEmpty)
            _ = consume another
            _ = consume lock
        }
    }

    @Test func aSignalEndsTheWait() throws {
        try withFolder { folder in
            handleSignal()
            let path = folder.appending(path: "lock").path
            let lock = try FileLock(path, uuid: Self.guest)
            let asks = Asked()
            let waiter = Waiter(path, Self.guest) { asks.next() < 3 }
            try wait(for: "the end of the wait") {
                waiter.signal()
                return waiter.hasEnded
            }
            #expect(asks.count == 3)
            #expect(
                waiter.complaint
                    == ConfigDriveError(
                        .interrupted,
                        "interrupted while waiting for another process that works on guest '\(Self.guest)'"
                    )
            )
            _ = consume lock
        }
    }

    private final class Asked: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }

        func next() -> Int {
            number.withLock {
                $0 += 1
                return $0
            }
        }
    }

    @Test func otherProcessesAreLockedOut() throws {
        try withFolder { folder in
            let path = folder.appending(path: "lock").path
            let offset = try FileLock.offset(Self.guest)
            // The lock of a process that asks with F_SETLK (lockf) conflicts with ours.
            let script = """
                import fcntl, sys
                f = open(sys.argv[1], "r+")
                try:
                    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))
                    print("free")
                except OSError:
                    print("locked")
                """
            let lock = try FileLock(path, uuid: Self.guest)
            #expect(try Command.check("python3", "-c", script, path, "\(offset)") == "locked\n")
            #expect(try Command.check("python3", "-c", script, path, "\(offset + 1)") == "free\n")
            _ = consume lock
            #expect(try Command.check("python3", "-c", script, path, "\(offset)") == "free\n")
        }
    }

    @Test(arguments: ["", "vm-1", "8d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5", "+d5f1c9e-0b7a-4a58-9d0e-6b1f2f3a4b5c"])
    func othersThanUUIDsAreRefused(uuid: String) {
        let complaint = Drives.complaint { () throws(ConfigDriveError) in _ = try FileLock.offset(uuid) }
        #expect(complaint == ConfigDriveError(.badInput, "'\(uuid)' is not the UUID of a guest"))
    }

    @Test func aLockFileWithoutAFolderIsNamed() {
        let complaint = Drives.complaint { () throws(ConfigDriveError) in
            _ = try FileLock("/nonexistent/lock", uuid: Self.guest)
        }
        #expect(
            complaint
                == ConfigDriveError(
                    .fileSystem,
                    "cannot open the lock file '/nonexistent/lock': no such file or directory"
                )
        )
    }
}
