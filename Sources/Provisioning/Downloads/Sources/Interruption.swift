internal import CLinux
internal import Glibc
internal import Synchronization

/// Ends the wait of a thread that polls: another thread says so, and the descriptor becomes readable.
final class Interruption: Sendable {
    /// For `poll(2)`; -1 where the system gave none, so that only ``isRaised`` tells.
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    private let raised = Atomic(false)

    deinit { if descriptor >= 0 { close(descriptor) } }

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
        // It cannot block, and it fails only where the counter is full, which is readable as well.
        if descriptor >= 0 { _ = eventfd_write(descriptor, 1) }
    }
}
