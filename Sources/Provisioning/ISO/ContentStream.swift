internal import CLibisofs
internal import Glibc

/// One content of a drive as libisofs reads it: straight from the array, so that no second copy of it is made.
///
/// libisofs owns the object through the stream's `data`, and reads it on its writer thread alone.
final class ContentStream {
    private let bytes: [UInt8]
    /// Takes the place of an inode number: by it libisofs orders contents and knows hard links.
    private let number: Int
    private var position: Int?

    private init(_ bytes: [UInt8], number: Int) {
        self.bytes = bytes
        self.number = number
    }

    /// - Returns: a stream with one reference, which the caller gives up with `iso_stream_unref`; `nil` without memory.
    static func make(_ bytes: [UInt8], number: Int) -> UnsafeMutablePointer<IsoStream>? {
        // From calloc, since iso_stream_unref releases it with free.
        guard let memory = calloc(1, MemoryLayout<IsoStream>.size) else { return nil }
        let stream = memory.bindMemory(to: IsoStream.self, capacity: 1)
        stream.pointee.class = interface
        stream.pointee.refcount = 1
        stream.pointee.data = Unmanaged.passRetained(ContentStream(bytes, number: number)).toOpaque()
        return stream
    }

    private func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int32 {
        guard let start = position else { return hostler_isofs_read_error() }
        let part = min(count, bytes.count - start)
        bytes.withUnsafeBytes { source in
            if part > 0, let base = source.baseAddress { buffer.copyMemory(from: base + start, byteCount: part) }
        }
        position = start + part
        return Int32(part)
    }

    private static func of(_ stream: UnsafeMutablePointer<IsoStream>?) -> ContentStream? {
        guard let data = stream?.pointee.data else { return nil }
        return Unmanaged<ContentStream>.fromOpaque(data).takeUnretainedValue()
    }

    /// Unsafe in name only: written here once, before anyone has the pointer, and never changed or freed.
    private nonisolated(unsafe) static let interface: UnsafeMutablePointer<IsoStreamIface> = {
        var methods = IsoStreamIface()
        methods.version = 4
        methods.type = (0x75, 0x73, 0x65, 0x72)  // "user": not one of the library's own streams
        methods.open = { stream in
            guard let content = ContentStream.of(stream) else { return hostler_isofs_read_error() }
            content.position = 0
            return ISO_SUCCESS
        }
        methods.close = { stream in
            ContentStream.of(stream)?.position = nil
            return ISO_SUCCESS
        }
        methods.get_size = { off_t(ContentStream.of($0)?.bytes.count ?? 0) }
        methods.read = { stream, buffer, count in
            guard let content = ContentStream.of(stream), let buffer else { return hostler_isofs_read_error() }
            return content.read(into: buffer, count: count)
        }
        methods.is_repeatable = { _ in 1 }
        methods.get_id = { stream, fileSystem, device, inode in
            // 1 to 5 are the library's own.
            fileSystem?.pointee = 1000
            device?.pointee = 0
            inode?.pointee = ino_t(ContentStream.of(stream)?.number ?? 0)
        }
        methods.free = { stream in
            guard let data = stream?.pointee.data else { return }
            Unmanaged<ContentStream>.fromOpaque(data).release()
        }
        methods.update_size = { _ in ISO_SUCCESS }
        methods.get_input_stream = { _, _ in nil }
        // No cmp_ino and no cloning: the library compares by get_id, and nothing here is cloned.
        methods.clone_stream = { _, _, _ in Int32(bitPattern: UInt32(ISO_STREAM_NO_CLONE)) }
        let pointer = UnsafeMutablePointer<IsoStreamIface>.allocate(capacity: 1)
        pointer.initialize(to: methods)
        return pointer
    }()
}
