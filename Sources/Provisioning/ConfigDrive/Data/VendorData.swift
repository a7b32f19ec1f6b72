internal import FoundationEssentials

/// What vendor data a drive carries: the user's, and the cloud-config that sets the password. The latter comes last,
/// since cloud-init lets a later part overrule an earlier one.
struct VendorData {
    private let given: [UInt8]?
    private let password: String?

    init(_ contents: DriveContents) throws(ConfigDriveError) {
        given = contents.vendorData
        password = try contents.password?.cloudConfig(uuid: contents.guest.uuid)
    }

    /// `vendor_data.json`: an object whose member `cloud-init` is a string or a list of strings
    /// (`sources.convert_vendordata`), each of which cloud-init reads as if it were alone.
    ///
    /// - Throws: `badInput` where the vendor data is not text: JSON has no bytes.
    func json() throws(ConfigDriveError) -> JSONValue {
        var parts: [JSONValue] = []
        if let given {
            guard let text = String(validating: given, as: UTF8.self) else {
                throw ConfigDriveError(
                    .badInput,
                    isCompressed
                        ? "the vendor data is compressed, which vendor_data.json cannot hold; give it uncompressed"
                        : "the vendor data is not UTF-8 text, which is all that vendor_data.json can hold"
                )
            }
            parts.append(.string(text))
        }
        if let password { parts.append(.string(password)) }
        switch parts.count {
        case 0: return .object([:])
        case 1: return .object(["cloud-init": parts[0]])
        default: return .object(["cloud-init": .list(parts)])
        }
    }

    /// NoCloud's `vendor-data`: the user's bytes as they are or, where there is a password too, MIME parts.
    ///
    /// - Throws: `badInput` where the vendor data is not text and there is a password: cloud-init does not look for
    ///   MIME inside of a compressed part, and takes other bytes for UTF-8.
    func file() throws(ConfigDriveError) -> [UInt8]? {
        guard let password else { return given }
        guard let given else { return Array(password.utf8) }
        if String(validating: given, as: UTF8.self) == nil {
            throw ConfigDriveError(
                .badInput,
                isCompressed
                    ? "the vendor data is compressed, so the password cannot be set beside it; give it uncompressed"
                    : "the vendor data is not UTF-8 text, so the password cannot be set beside it"
            )
        }
        var number = 0
        while Self.contains(given, Array(Self.boundary(number).utf8)) { number += 1 }
        let boundary = Self.boundary(number)
        let separator = Array("\n--\(boundary)\n".utf8)
        var message = Array("Content-Type: multipart/mixed; boundary=\"\(boundary)\"\nMIME-Version: 1.0\n".utf8)
        message += separator
        // A message among the parts is one more container to cloud-init, which looks through them all.
        if isMIME { message += Self.withoutEnvelope(given) } else { message += Self.part("text/plain", given) }
        message += separator
        message += Self.part("text/cloud-config", Array(password.utf8))
        message += Array("\n--\(boundary)--\n".utf8)
        return message
    }

    private var isCompressed: Bool { given?.starts(with: [0x1F, 0x8B]) == true }

    /// As cloud-init decides it (`user_data.convert_string`).
    private var isMIME: Bool {
        guard let given else { return false }
        return String(decoding: given.prefix(4096), as: UTF8.self).lowercased().contains("mime-version:")
    }

    private static func boundary(_ number: Int) -> String { "=====vendor-data-\(number)=====" }

    /// cloud-init finds out itself what a `text/plain` part is.
    private static func part(_ type: String, _ bytes: [UInt8]) -> [UInt8] {
        let header =
            "Content-Type: \(type); charset=\"utf-8\"\nContent-Transfer-Encoding: base64\nMIME-Version: 1.0\n\n"
        return Array(header.utf8)
            + Array(Data(bytes).base64EncodedData(options: [.lineLength76Characters, .endLineWithLineFeed]))
    }

    /// Without the `From ` line of an mbox, which Python's email package writes and which is no header.
    private static func withoutEnvelope(_ message: [UInt8]) -> ArraySlice<UInt8> {
        guard message.starts(with: Array("From ".utf8)), let end = message.firstIndex(of: 0x0A) else {
            return message[...]
        }
        return message[(end + 1)...]
    }

    private static func contains(_ bytes: [UInt8], _ pattern: [UInt8]) -> Bool {
        guard let first = pattern.first, bytes.count >= pattern.count else { return false }
        return (0...bytes.count - pattern.count).contains { bytes[$0] == first && bytes[$0...].starts(with: pattern) }
    }
}
