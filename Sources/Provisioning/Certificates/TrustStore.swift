internal import FoundationEssentials
internal import Glibc

/// A folder of certificates that downloads trust: a file `<alias>.pem` for each alias, and for each certificate in it a
/// link `<subject hash>.N`, as OpenSSL looks them up (`openssl rehash`, libcurl's CURLOPT_CAPATH).
///
/// Whoever reads it meanwhile finds each file whole, and no link that leads nowhere: files take the place of their
/// predecessors, links are made after and removed before what they lead to. What others have put into the folder stays.
public struct TrustStore: Sendable {
    public let folder: String

    /// - Parameter folder: an absolute path; made with mode 0755 when something is installed.
    public init(folder: String) { self.folder = folder }

    /// What is to be in it: certificates by their alias.
    public typealias Contents = [String: [X509Certificate]]

    /// What is not as it should be.
    public struct Drift: Equatable, Sendable {
        /// Aliases whose file is not there or has other certificates.
        public var missing: [String] = []
        /// Aliases that are in the folder and should not be.
        public var extra: [String] = []
        /// Whether links are missing or too many.
        public var hasWrongLinks = false

        public init() {}

        public var isEmpty: Bool { missing.isEmpty && extra.isEmpty && !hasWrongLinks }
    }

    /// Makes the folder have `wanted` and nothing else of ours. Where it has, nothing is written.
    ///
    /// - Returns: what was not as it should be.
    /// - Throws: ``CertificateError`` where the folder cannot be written; what is done by then stays.
    @discardableResult
    public func make(_ wanted: Contents) throws(CertificateError) -> Drift {
        let drift = try drift(from: wanted)
        if drift.isEmpty { return drift }
        try Self.makeFolder(folder)
        for alias in drift.missing {
            try Self.write(Self.text(wanted[alias] ?? []), to: path(alias))
        }
        try makeLinks(Self.links(wanted))
        for alias in drift.extra {
            if unlink(path(alias)) != 0 && errno != ENOENT { throw .system("cannot remove \(path(alias))") }
        }
        return drift
    }

    /// What is in the folder, compared by the certificates themselves.
    ///
    /// - Throws: ``CertificateError`` where the folder is there but cannot be read.
    public func drift(from wanted: Contents) throws(CertificateError) -> Drift {
        var drift = Drift()
        let names = try Self.names(folder)
        for (alias, certificates) in wanted.sorted(by: { $0.key < $1.key }) {
            if Self.read(path(alias)) != Self.text(certificates) { drift.missing.append(alias) }
        }
        drift.extra = names.compactMap { name in
            guard name.hasSuffix(".pem"), wanted[String(name.dropLast(4))] == nil else { return nil }
            return Self.isOwn("\(folder)/\(name)") ? String(name.dropLast(4)) : nil
        }
        var links: [String: String] = [:]
        for name in names {
            if let target = Self.ownLink("\(folder)/\(name)", name) { links[name] = target }
        }
        drift.hasWrongLinks = links != Self.links(wanted)
        return drift
    }

    /// Waits until nobody else, in this process or another, has the lock of this folder, which is made where it is missing.
    ///
    /// - Throws: ``CertificateError`` where the folder cannot be made or written.
    public func lock() throws(CertificateError) -> FileLock {
        try Self.makeFolder(folder)
        do throws(ConfigDriveError) {
            // A file of the folder's own, in which one place is enough: that of no guest.
            return try FileLock("\(folder)/.lock", uuid: "00000000-0000-0000-0000-000000000000", waitsOn: { true })
        } catch {
            throw CertificateError(.system, error.message)
        }
    }

    private func path(_ alias: String) -> String { "\(folder)/\(alias).pem" }

    // MARK: Links

    /// Numbered from 0 where several have the same subject.
    private static func links(_ contents: Contents) -> [String: String] {
        var links: [String: String] = [:]
        var counts: [String: Int] = [:]
        for (alias, certificates) in contents.sorted(by: { $0.key < $1.key }) {
            for hash in Set(certificates.map(\.subjectHash)).sorted() {
                links["\(hash).\(counts[hash, default: 0])"] = "\(alias).pem"
                counts[hash, default: 0] += 1
            }
        }
        return links
    }

    private func makeLinks(_ wanted: [String: String]) throws(CertificateError) {
        for (name, target) in wanted.sorted(by: { $0.key < $1.key }) {
            let path = "\(folder)/\(name)"
            if Self.ownLink(path, name) == target { continue }
            let temporary = "\(folder)/.\(name).\(UInt64.random(in: .min ... .max))"
            guard symlink(target, temporary) == 0 else { throw .system("cannot write \(path)") }
            if rename(temporary, path) != 0 {
                let error = CertificateError.system("cannot write \(path)")
                unlink(temporary)
                throw error
            }
        }
        for name in try Self.names(folder) where wanted[name] == nil {
            let path = "\(folder)/\(name)"
            if Self.ownLink(path, name) != nil && unlink(path) != 0 && errno != ENOENT {
                throw .system("cannot remove \(path)")
            }
        }
    }

    /// Where a link of ours leads to: eight digits, a dot and a number, to a file beside it.
    private static func ownLink(_ path: String, _ name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 8, parts[0].allSatisfy(\.isHexDigit), Int(parts[1]) != nil else {
            return nil
        }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return target.hasSuffix(".pem") && !target.contains("/") ? target : nil
    }

    // MARK: Files

    /// The first line of our files, by which they are told from others'.
    private static let mark = "# by Hostler"

    private static func text(_ certificates: [X509Certificate]) -> String {
        let parts = certificates.map { "# \(oneLine($0.subject))\n\($0.pem)" }
        return "\(mark): do not edit, it is held against what the zone has\n" + parts.joined()
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
    }

    static func isOwn(_ path: String) -> Bool { read(path)?.hasPrefix(mark) ?? false }

    static func read(_ path: String) -> String? {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file.descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    static func names(_ folder: String) throws(CertificateError) -> [String] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw .system("cannot list \(folder)")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    static func makeFolder(_ path: String) throws(CertificateError) {
        var status = stat()
        if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw .system("cannot create \(path)") }
        // Whatever the umask: certificates are for everybody.
        if chmod(path, 0o755) != 0 { throw .system("cannot set the mode of \(path)") }
    }

    /// Puts a file in its place when it is whole and on the disk.
    static func write(_ text: String, to path: String) throws(CertificateError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        // Hidden, so that nobody takes it for a certificate of the store.
        if let slash = path.lastIndex(of: "/") {
            template = Array("\(path[...slash]).\(path[path.index(after: slash)...]).XXXXXX".utf8CString)
        }
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .system("cannot write \(path)") }
        let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var bytes = Array(text.utf8)[...]
        var isWritten = true
        while !bytes.isEmpty && isWritten {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            isWritten = count > 0
            bytes = bytes.dropFirst(max(count, 0))
        }
        isWritten = isWritten && fchmod(descriptor, 0o644) == 0 && fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        if isWritten && rename(temporary, path) == 0 { return }
        let error = CertificateError.system("cannot write \(path)", number: isWritten ? errno : number)
        unlink(temporary)
        throw error
    }
}

extension CertificateError {
    /// With what the system says.
    static func system(_ action: String, number: Int32 = errno) -> CertificateError {
        CertificateError(.system, "\(action): \(String(cString: strerror(number)))")
    }
}
