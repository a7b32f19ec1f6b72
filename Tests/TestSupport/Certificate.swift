public import Foundation

/// Certificates that OpenSSL's own command makes.
public enum TestCertificate {
    /// A certificate that has signed itself, with a key of its own, which lies in `folder` too.
    ///
    /// - Parameters:
    ///   - subject: `/CN=name`.
    ///   - extra: more options of `openssl req`.
    /// - Returns: PEM.
    public static func make(_ subject: String, days: Int = 10, in folder: URL, _ extra: String...) throws -> String {
        let name = UUID().uuidString
        let (key, file) = (folder.appending(path: name + ".key").path, folder.appending(path: name + ".pem").path)
        let outcome = try Command.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "\(days)", "-subj", subject, "-keyout", key, "-out", file,
            ] + extra
        )
        if outcome.status != 0 { throw Command.Failed(outcome.errors) }
        return try String(contentsOfFile: file, encoding: .utf8)
    }
}
