internal import DomainXML

/// A document that says where a file is, and what its bytes hash to: Metalink 4 (RFC 5854), and the older Metalink 3 of
/// metalinker.org.
///
/// Elements count by namespace, whatever their prefix, and only where the format has them: the hash of a piece is never
/// taken for the file's. What cannot be used is left out with a note; what contradicts itself makes the document bad.
struct Metalink: Sendable {
    enum Version: Sendable {
        case v3, v4

        var namespace: String {
            switch self {
            case .v3: "http://www.metalinker.org/"
            case .v4: "urn:ietf:params:xml:ns:metalink"
            }
        }

        init?(namespace: String) {
            switch namespace {
            case Version.v3.namespace: self = .v3
            case Version.v4.namespace: self = .v4
            default: return nil
            }
        }
    }

    /// Bytes of a document; some 50 000 hashes of pieces.
    static let maximumSize = 4 << 20

    let version: Version
    let files: [MetalinkFile]
    /// Where the document came from.
    let url: String

    /// - Parameter url: where `bytes` came from.
    /// - Throws: `badMetalink`, which asking again does not help.
    init(_ bytes: [UInt8], from url: String) throws(DownloadError) {
        self.url = url
        let shown = DisplayURL(url).text
        if bytes.count > Self.maximumSize {
            throw DownloadError(
                .badMetalink,
                "the metalink \(shown) has more than \(Self.maximumSize) bytes, which are what is read; make it of larger pieces"
            )
        }
        let root: XMLElement
        do throws(DomainXMLError) {
            root = try XMLDocument(bytes, kind: "a metalink").root
        } catch {
            throw DownloadError(.badMetalink, "the metalink \(shown) cannot be read: \(error.message)")
        }
        guard root.name == "metalink", let version = Version(namespace: root.namespace) else {
            throw DownloadError(
                .badMetalink,
                "\(shown) is no metalink: it begins with <\(DisplayURL.printable(root.name))> of the namespace "
                    + "'\(DisplayURL.printable(root.namespace))' instead of <metalink> of '\(Version.v4.namespace)'"
            )
        }
        self.version = version
        let reader = MetalinkReader(version: version, shown: shown)
        var files: [MetalinkFile] = []
        let parents = version == .v4 ? [root] : reader.children(root, "files")
        for parent in parents {
            for element in reader.children(parent, "file") { files.append(try MetalinkFile(element, reader)) }
        }
        if files.isEmpty { throw DownloadError(.badMetalink, "the metalink \(shown) names no file") }
        self.files = files
    }

    /// The file to download.
    ///
    /// - Parameters:
    ///   - name: of one of several, as the document has it.
    ///   - isVerified: whether its checksum is known from elsewhere.
    /// - Throws: `badMetalink` where `name` is missing or none, or the file can be had from nowhere.
    func file(named name: String? = nil, isVerified: Bool = false) throws(DownloadError) -> MetalinkFile {
        let shown = DisplayURL(url).text
        let found = name.map { name in files.filter { $0.writtenName == name } } ?? files
        guard found.count == 1, var file = found.first else {
            // Long lists help nobody.
            let names = files.prefix(20).map { "'\(DisplayURL.printable($0.writtenName))'" }.joined(separator: ", ")
            let more = files.count > 20 ? ", …" : ""
            let which = name.map { "\(found.isEmpty ? "no" : "more than one") file '\(DisplayURL.printable($0))'" }
            throw DownloadError(
                .badMetalink,
                "the metalink \(shown) has \(which ?? "\(files.count) files"); name one of: \(names)\(more)"
            )
        }
        if !isVerified && file.checksums.isEmpty && file.pieces == nil && url.lowercased().hasPrefix("https://") {
            file.dropUnprotected()
        }
        if file.mirrors.isEmpty {
            let notes = file.notes.prefix(5).joined(separator: "; ")
            throw DownloadError(
                .badMetalink,
                "the metalink \(shown) names no URL for '\(DisplayURL.printable(file.writtenName))' that can be read from"
                    + (notes.isEmpty ? "; add one of http, https or nfs" : ": \(notes)")
            )
        }
        return file
    }
}
