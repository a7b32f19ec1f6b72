internal import COpenSSL
internal import FoundationEssentials
internal import Glibc

/// An X.509 certificate (RFC 5280), as far as one has to know it to trust it.
public struct X509Certificate: Sendable, Equatable {
    /// In the order of RFC 2253: `CN=Example CA,O=Example`.
    public let subject: String
    public let issuer: String
    /// Hexadecimal.
    public let serialNumber: String
    /// 3, for all that is in use.
    public let version: Int
    /// In milliseconds since 1970.
    public let notBefore: Int
    public let notAfter: Int
    /// SHA-256 of the certificate, in lower-case hexadecimal.
    public let fingerprint: String
    /// Whether others may be signed with it.
    public let isAuthority: Bool
    /// What OpenSSL looks a certificate up by in a folder (`openssl x509 -subject_hash`): eight digits.
    public let subjectHash: String
    public let der: [UInt8]

    /// - Throws: ``CertificateError`` where this is not one certificate and nothing else.
    public init(der: [UInt8]) throws(CertificateError) {
        guard let certificate = OwnedCertificate(der) else {
            throw CertificateError(.badInput, "it is not an X.509 certificate")
        }
        self.der = der
        subject = certificate.subject
        issuer = certificate.issuer
        serialNumber = certificate.serialNumber
        version = certificate.version
        guard let notBefore = certificate.notBefore, let notAfter = certificate.notAfter else {
            throw CertificateError(.badInput, "it does not say from when to when it is valid")
        }
        self.notBefore = notBefore
        self.notAfter = notAfter
        fingerprint = hexadecimal(DigestAlgorithm.sha256.digest(der))
        isAuthority = certificate.isAuthority
        subjectHash = certificate.subjectHash
    }

    /// RFC 7468, with the lines of 64 characters that it asks for.
    public var pem: String {
        let text = Array(Data(der).base64EncodedString())
        let lines = stride(from: 0, to: text.count, by: 64).map { String(text[$0..<min($0 + 64, text.count)]) }
        return (["-----BEGIN CERTIFICATE-----"] + lines + ["-----END CERTIFICATE-----"]).map { $0 + "\n" }.joined()
    }
}

/// OpenSSL's certificate, freed with this.
private final class OwnedCertificate {
    private let pointer: OpaquePointer

    init?(_ der: [UInt8]) {
        var rest: UnsafePointer<UInt8>?
        let parsed: OpaquePointer? = der.withUnsafeBufferPointer { buffer in
            rest = buffer.baseAddress
            guard let parsed = d2i_X509(nil, &rest, buffer.count) else { return nil }
            // Bytes behind it would be trusted by nobody, and seen by everybody who looks at the file.
            if rest != buffer.baseAddress.map({ $0 + buffer.count }) {
                X509_free(parsed)
                return nil
            }
            return parsed
        }
        ERR_clear_error()
        guard let parsed else { return nil }
        pointer = parsed
    }

    deinit { X509_free(pointer) }

    var subject: String { Self.text(X509_get_subject_name(pointer)) }
    var issuer: String { Self.text(X509_get_issuer_name(pointer)) }
    var version: Int { X509_get_version(pointer) + 1 }
    var isAuthority: Bool { X509_check_ca(pointer) == 1 }
    var notBefore: Int? { Self.milliseconds(X509_get0_notBefore(pointer)) }
    var notAfter: Int? { Self.milliseconds(X509_get0_notAfter(pointer)) }

    var subjectHash: String {
        let digits = String(X509_subject_name_hash(pointer) & 0xFFFF_FFFF, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    var serialNumber: String {
        guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(pointer), nil) else { return "" }
        defer { BN_free(number) }
        guard let text = BN_bn2hex(number) else { return "" }
        defer { CRYPTO_free(text, nil, 0) }
        return String(cString: text).lowercased()
    }

    private static func text(_ name: OpaquePointer?) -> String {
        guard let name, let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        guard X509_NAME_print_ex(bio, name, 0, hostler_name_flags()) >= 0 else { return "" }
        var data: UnsafeMutablePointer<CChar>?
        let count = hostler_BIO_get_mem_data(bio, &data)
        guard let data, count > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    }

    private static func milliseconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return timegm(&parts) * 1000
    }
}
