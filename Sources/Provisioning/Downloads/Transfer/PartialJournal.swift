internal import FoundationEssentials
internal import Glibc

/// What is written down beside a partial file, so that another process can go on with it.
struct PartialJournal: Codable, Equatable {
    /// SHA-256 of the URL: the URL itself may hold secrets, and without its query it does not say which file it is.
    var url: String
    var validator: ContentValidator?
    /// Of the whole content, in bytes.
    var size: Int64?
    /// Of the system's start at which it was written: what a crash left in the page cache never came to the disk.
    var boot: String
    /// Which bytes are there, each from its first to before its last; `nil` where all are, up to the end of the file.
    var ranges: [[Int64]]?

    static func hash(_ url: String) -> String { hexadecimal(DigestAlgorithm.sha256.digest(url.utf8)) }

    /// Another one after each start of the system; empty where the system does not say.
    static func currentBoot() -> String {
        guard let file = OpenFile("/proc/sys/kernel/random/boot_id", O_RDONLY),
            let bytes = file.read(at: 0, count: 64)
        else { return "" }
        return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// - Returns: `nil` where there is none that can be read; then nothing is known of the file.
    static func read(_ path: String) -> PartialJournal? {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW), let bytes = file.read(at: 0, count: 1 << 20) else {
            return nil
        }
        return try? JSONDecoder().decode(PartialJournal.self, from: Data(bytes))
    }

    /// Replaces the file in one step.
    func write(_ path: String) throws(DownloadError) {
        let shown = DownloadError.quoted(path)
        let bytes: [UInt8]
        do { bytes = Array(try JSONEncoder().encode(self)) } catch {
            throw DownloadError(.fileSystem, "cannot write \(shown): its content cannot be written as JSON")
        }
        let temporary = path + PartialName.newSuffix
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600) else {
            throw .system("cannot write \(shown)")
        }
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(DownloadError) in
                try FreeSpace.write(bytes, to: file.descriptor, at: 0, path: path)
            }
        }
        try result.get()
        if rename(temporary, path) != 0 { throw .system("cannot write \(shown)") }
    }

    /// How many bytes are there from the first one on, of a file with `length` bytes.
    func prefix(length: Int64) -> Int64 {
        guard let ranges else { return length }
        guard let first = ranges.first, first.count == 2, first[0] == 0, first[1] >= 0 else { return 0 }
        return min(first[1], length)
    }

    /// What is there beyond the prefix, in order.
    func beyond(length: Int64) -> [Range<Int64>] {
        var end = prefix(length: length)
        var found: [Range<Int64>] = []
        for range in (ranges ?? []).dropFirst() {
            // One that is not in order is not to be believed, nor what follows it.
            guard range.count == 2, range[0] > end, range[1] > range[0], range[1] <= length else { break }
            found.append(range[0]..<range[1])
            end = range[1]
        }
        return found
    }
}
