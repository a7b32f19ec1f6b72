internal import CLibcurl

/// How a guest's NBD server reads its URL, and who may read from it.
package struct NBDOptions: Codable, Equatable, Sendable {
    /// The user that QEMU runs as.
    package struct Reader: Codable, Equatable, Sendable {
        package var user: UInt32
        package var group: UInt32

        package init(user: UInt32, group: UInt32) {
            self.user = user
            self.group = group
        }
    }

    /// A folder of certificates that are trusted beside `caFile`; nothing is wrong where it is missing.
    package var trustFolder: String?
    /// A PEM file with the system's own authorities; `nil` for none.
    package var caFile: String?
    /// Whether the server's certificate has to be valid, and for its name.
    package var verifies = true
    /// Seconds that one request to the web server, for one block, may take.
    package var timeout = 20
    /// How often a block is asked for again before the guest gets an error: for five minutes, with ``retryDelay``.
    ///
    /// A guest waits meanwhile and goes on by itself, which is better than an error that a boot loader or an installer
    /// gives up at. But with a drive on SATA or IDE QEMU itself, its monitor too, stands still from the guest's own
    /// timeout (30 s) on until the answer is there, as a reset of the drive waits for it; so it is not for ever.
    /// Pausing the guest in the place of this (`rerror_policy='stop'`) is for drives on SCSI alone: QEMU 7.2 ends
    /// itself when a guest is resumed after an error of an IDE or SATA cdrom.
    package var retries = 60
    /// Seconds between two tries. They do not grow: a request is small, and a guest waits for the web server to come
    /// back.
    package var retryDelay = 5
    /// Bytes that are read at once, a power of two from 4096 on. More than a guest asks for, which is all the reading
    /// ahead there is.
    package var blockSize = 1 << 20
    /// Bytes that the cache may take; what was not read for the longest time is dropped beyond that.
    package var cacheSize: Int64 = 8 << 30
    /// Where the cache is: a file without a name, which is gone with the server.
    package var cacheFolder = "/var/tmp"
    /// Who may connect; `nil` for the caller alone.
    package var reader: Reader?

    package init() {
        caFile = CurlTransfer.defaultCAFile
    }

    /// - Throws: `badInput` for what nbdkit would not take, or would take for something else.
    func check() throws(DownloadError) {
        for path in [trustFolder, caFile, cacheFolder].compactMap({ $0 }) where !path.hasPrefix("/") {
            throw DownloadError(.badInput, "'\(DisplayURL.printable(path))' is not an absolute path; give one")
        }
        let numbers = [
            ("timeout", timeout, 1...3600), ("retries", retries, 0...100_000), ("retry delay", retryDelay, 1...3600),
        ]
        for (name, value, range) in numbers where !range.contains(value) {
            throw DownloadError(
                .badInput,
                "the \(name) \(value) of an NBD server is out of range; it has to be \(range.lowerBound) to "
                    + "\(range.upperBound)"
            )
        }
        if !(4096...(32 << 20)).contains(blockSize) || blockSize & (blockSize - 1) != 0 {
            throw DownloadError(.badInput, "the block size \(blockSize) is not a power of two from 4096 to 32 MiB")
        }
        if cacheSize < Int64(blockSize) * 16 {
            throw DownloadError(.badInput, "the cache size \(cacheSize) is less than 16 blocks of \(blockSize) bytes")
        }
    }
}
