/// The memory that several reads at once are answered into.
final class ReadRing {
    private let memory: UnsafeMutableRawBufferPointer
    private let length: Int

    init(pieces: Int, length: Int) {
        memory = .allocate(byteCount: pieces * length, alignment: 4096)
        self.length = length
    }

    deinit { memory.deallocate() }

    /// The first `count` bytes of a piece.
    func piece(_ index: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[index * length..<index * length + count])
    }
}
