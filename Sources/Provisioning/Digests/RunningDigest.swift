internal import COpenSSL

/// A hash of bytes that come one after another. Owns OpenSSL's `EVP_MD_CTX`.
final class RunningDigest {
    let algorithm: DigestAlgorithm
    private let context: OpaquePointer

    /// - Throws: `other` where OpenSSL does not have the function, as in a FIPS mode without MD5.
    init(_ algorithm: DigestAlgorithm) throws(DownloadError) {
        guard let context = EVP_MD_CTX_new() else { throw Self.failure(algorithm) }
        self.algorithm = algorithm
        self.context = context
        try restart()
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Forgets what has come so far.
    func restart() throws(DownloadError) {
        if EVP_DigestInit_ex(context, algorithm.function, nil) != 1 { throw Self.failure(algorithm) }
    }

    func update(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
        if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { throw Self.failure(algorithm) }
    }

    /// Of all that came since the start. Nothing may come after it without `restart`.
    func finish() throws(DownloadError) -> Checksum {
        var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        if EVP_DigestFinal_ex(context, &output, &count) != 1 { throw Self.failure(algorithm) }
        return Checksum(algorithm: algorithm, hex: hexadecimal(output.prefix(Int(count))))
    }

    private static func failure(_ algorithm: DigestAlgorithm) -> DownloadError {
        DownloadError(
            .other,
            "OpenSSL does not compute \(algorithm.rawValue) on this host; give a checksum of another kind, such as sha256"
        )
    }
}
