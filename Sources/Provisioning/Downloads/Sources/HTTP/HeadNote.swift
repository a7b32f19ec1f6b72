internal import Synchronization

/// Takes the head alone.
final class HeadNote: ByteReceiver {
    private let state = Mutex<ContentHead?>(nil)

    var head: ContentHead? { state.withLock { $0 } }

    func begin(_ head: ContentHead) { state.withLock { $0 = head } }

    func receive(_ bytes: UnsafeRawBufferPointer) {}
}
