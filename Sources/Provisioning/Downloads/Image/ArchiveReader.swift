internal import CLibarchive
internal import Glibc

/// The owner of a `struct archive` of libarchive: reads one filter or one container, never more than was asked for.
final class ArchiveReader {
    struct Entry {
        enum Kind { case file, folder, symbolicLink, hardLink, other }

        var name: String
        var kind: Kind
        /// In bytes; `nil` where the archive does not say beforehand.
        var size: Int64?
        /// Bytes that are not in holes.
        var dataSize: Int64?
        var isEncrypted: Bool
    }

    private let archive: OpaquePointer
    private let compression: Compression
    fileprivate let source: any ByteStage
    /// What `source` has thrown while libarchive was reading.
    fileprivate var failure: DownloadError?
    private var pulled: Int64 = 0
    private(set) var directory = ZipDirectory()

    /// - Parameter compression: any but `none` and `gzip`.
    init(_ compression: Compression, from source: any ByteStage) throws(DownloadError) {
        guard let made = archive_read_new() else { throw DownloadError(.other, "libarchive does not start: no memory") }
        archive = made
        self.compression = compression
        self.source = source
        var codes: [Int32] = []
        switch compression {
        case .bzip2: codes = [archive_read_support_filter_bzip2(made)]
        case .xz: codes = [archive_read_support_filter_xz(made)]
        case .zstd: codes = [archive_read_support_filter_zstd(made)]
        case .tar: codes = [archive_read_support_format_tar(made), archive_read_support_format_gnutar(made)]
        case .zip: codes = [archive_read_support_format_zip_streamable(made)]
        case .none, .gzip: throw DownloadError(.other, "libarchive is not what reads \(compression.rawValue)")
        }
        if !compression.isContainer {
            codes += [archive_read_support_format_raw(made), archive_read_support_format_empty(made)]
        }
        codes += [
            archive_read_set_read_callback(made, archiveReaderPull),
            archive_read_set_callback_data(made, Unmanaged.passUnretained(self).toOpaque()),
        ]
        // libarchive says `ARCHIVE_WARN` where it would run a program for a filter that it was built without.
        for code in codes { try check(code) }
        try check(archive_read_open1(made))
    }

    deinit { archive_read_free(archive) }

    // MARK: Reading

    /// - Returns: `nil` behind the last one. What the one before has left is passed over.
    func nextEntry() throws(DownloadError) -> Entry? {
        var found: OpaquePointer?
        let code = archive_read_next_header(archive, &found)
        if code == ARCHIVE_EOF { return nil }
        // A warning here is of a name that the locale has no characters for.
        if code != ARCHIVE_WARN { try check(code) }
        guard let found else { throw damaged("an entry has no header") }
        return Entry(
            name: Self.name(found),
            kind: Self.kind(found),
            size: archive_entry_size_is_set(found) != 0 ? archive_entry_size(found) : nil,
            dataSize: Self.dataSize(found),
            isEncrypted: archive_entry_is_encrypted(found) != 0
        )
    }

    /// The next bytes of the entry, valid until the next call, and where in it they are; what lies between is zeros.
    ///
    /// - Returns: `nil` at the end of the entry.
    func nextBlock() throws(DownloadError) -> (offset: Int64, bytes: UnsafeRawBufferPointer)? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let code = archive_read_data_block(archive, &start, &count, &offset)
        if code == ARCHIVE_EOF { return nil }
        // A warning is a failure: zip's wrong CRC is one.
        try check(code)
        return (offset, UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Reads the source to its end, so that all of it has been checked.
    ///
    /// - Returns: how many bytes libarchive has left there.
    func drain() throws(DownloadError) -> Int64 {
        while true {
            let more = try source.next()
            if more.isEmpty { break }
            note(more)
        }
        return pulled - archive_filter_bytes(archive, -1)
    }

    /// What libarchive has read of the source.
    var position: Int64 { max(0, archive_filter_bytes(archive, -1)) }

    func damaged(_ reason: String) -> DownloadError {
        let known = DisplayURL.printable(reason)
        return DownloadError(
            .badArchive,
            "the \(compression.rawValue) file is damaged or cut off near byte \(position) (\(known)); "
                + "download it again or ask its owner"
        )
    }

    private func check(_ code: Int32) throws(DownloadError) {
        if let failure { throw failure }
        if code == ARCHIVE_OK { return }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason is given"
        if archive_errno(archive) == ENOMEM {
            throw DownloadError(.other, "there is no memory to expand the \(compression.rawValue) file: \(reason)")
        }
        throw damaged(reason)
    }

    // MARK: libarchive's side

    fileprivate func note(_ bytes: UnsafeRawBufferPointer) {
        pulled += Int64(bytes.count)
        if compression == .zip { directory.add(bytes) }
    }

    private static func name(_ entry: OpaquePointer) -> String {
        (archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)).map { String(cString: $0) } ?? "?"
    }

    private static func kind(_ entry: OpaquePointer) -> Entry.Kind {
        if archive_entry_hardlink(entry) != nil { return .hardLink }
        switch archive_entry_filetype(entry) {
        case hostler_AE_IFREG(): return .file
        case hostler_AE_IFDIR(): return .folder
        case hostler_AE_IFLNK(): return .symbolicLink
        default: return .other
        }
    }

    private static func dataSize(_ entry: OpaquePointer) -> Int64? {
        if archive_entry_sparse_reset(entry) == 0 { return nil }
        var total: Int64 = 0
        var offset: Int64 = 0
        var length: Int64 = 0
        while archive_entry_sparse_next(entry, &offset, &length) == ARCHIVE_OK {
            let (sum, overflows) = total.addingReportingOverflow(max(0, length))
            if overflows { return nil }
            total = sum
        }
        return total
    }
}

/// libarchive's read callback; the context is the reader, which outlives its archive.
private func archiveReaderPull(
    _ archive: OpaquePointer?,
    _ context: UnsafeMutableRawPointer?,
    _ result: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    guard let context, let result else { return -1 }
    let reader = Unmanaged<ArchiveReader>.fromOpaque(context).takeUnretainedValue()
    do throws(DownloadError) {
        let bytes = try reader.source.next()
        reader.note(bytes)
        result.pointee = bytes.baseAddress
        return bytes.count
    } catch {
        reader.failure = error
        hostler_archive_fail(archive, EIO)
        return -1
    }
}
