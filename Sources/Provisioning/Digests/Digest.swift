internal import COpenSSL

/// A hash function of OpenSSL's.
public enum DigestAlgorithm: String, Codable, Sendable, CaseIterable {
    case md5, sha1, sha224, sha256, sha384, sha512

    /// One of the functions that OpenSSL itself keeps; nobody frees them.
    var function: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }

    /// Of the bytes together.
    public func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        // It fails only without memory, or where a policy forbids MD5, where nothing can be done in its place.
        guard EVP_Digest(input, input.count, &output, &count, function, nil) == 1 else { return [] }
        return Array(output.prefix(Int(count)))
    }
}

/// Hash-based message authentication codes (RFC 2104).
public enum HMAC {
    public static func code(_ algorithm: DigestAlgorithm, key: [UInt8], data: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let bytes = data.isEmpty ? [0] : data
        guard COpenSSL.HMAC(algorithm.function, key, Int32(key.count), bytes, data.count, &output, &count) != nil else {
            return []
        }
        return Array(output.prefix(Int(count)))
    }

    /// As the query API of CloudStack signs.
    public static func sha1(key: [UInt8], data: [UInt8]) -> [UInt8] { code(.sha1, key: key, data: data) }
}

/// Whether two secrets are the same, in a time that tells nothing about where they differ.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    if left.count != right.count { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// Lower-case hexadecimal digits.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
