/// Bytes in order, on their way from one step of unpacking to the next.
protocol ByteStage: AnyObject {
    /// - Returns: the next bytes, valid until the next call; empty at the end, and again after it.
    func next() throws(DownloadError) -> UnsafeRawBufferPointer
}

/// The owner of a piece of memory.
final class ByteBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    /// Small enough for the cache of a core, large enough that calls do not count.
    static let usualSize = 256 << 10

    init(count: Int = usualSize) {
        bytes = .allocate(byteCount: count, alignment: 4096)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { bytes.deallocate() }

    func prefix(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count])
    }
}

/// The first step: what arrives.
final class SourceStage: ByteStage {
    private let source: any PullSource
    private let buffer = ByteBuffer()
    private var offset: Int64 = 0

    init(_ source: any PullSource) { self.source = source }

    func next() throws(DownloadError) -> UnsafeRawBufferPointer {
        let count = try source.read(at: offset, into: buffer.bytes)
        offset += Int64(count)
        return buffer.prefix(count)
    }
}

/// A step whose first bytes can be looked at before they are taken.
final class LookaheadStage: ByteStage {
    private let source: any ByteStage
    private var head: [UInt8] = []
    /// Holds the head while whoever has taken it looks at it.
    private var taken: ByteBuffer?

    init(_ source: any ByteStage) { self.source = source }

    /// - Returns: the first bytes of what comes next; fewer than `count` where it ends before.
    func peek(_ count: Int) throws(DownloadError) -> [UInt8] {
        while head.count < count {
            let more = try source.next()
            if more.isEmpty { break }
            head += more
        }
        return Array(head.prefix(count))
    }

    func next() throws(DownloadError) -> UnsafeRawBufferPointer {
        if head.isEmpty {
            taken = nil
            return try source.next()
        }
        let buffer = ByteBuffer(count: head.count)
        buffer.bytes.copyBytes(from: head)
        head = []
        taken = buffer
        return buffer.prefix(buffer.bytes.count)
    }
}
