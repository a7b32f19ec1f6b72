package import NIOSSL
internal import Operations
internal import Synchronization

/// The certificate and the key of the TLS listener, as they are now.
package final class TLSMaterial: Sendable {
    private let current: Mutex<NIOSSLContext>

    /// - Throws: ``OperationError`` where the files cannot be used.
    package init(certificate: String, key: String) throws {
        current = Mutex(try Self.context(certificate, key))
    }

    package var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again; handshakes from now on use what is in them.
    ///
    /// - Throws: ``OperationError`` where they cannot be used; all stays as it was.
    package func reload(certificate: String, key: String) throws {
        let new = try Self.context(certificate, key)
        current.withLock { $0 = new }
    }

    private static func context(_ certificate: String, _ key: String) throws -> NIOSSLContext {
        if certificate.isEmpty || key.isEmpty {
            throw OperationError(.badInput, "api.listen needs api.certificate and api.key")
        }
        if Files.isReadableByOthers(key) {
            throw OperationError(.badInput, "\(key) can be read by others than its owner: chmod go= \(key)")
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            if chain.isEmpty { throw OperationError(.badInput, "\(certificate) has no certificate in it") }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            )
            configuration.minimumTLSVersion = .tlsv12
            return try NIOSSLContext(configuration: configuration)
        } catch let error as OperationError {
            throw error
        } catch {
            throw OperationError(.badInput, "\(certificate) and \(key) cannot be used for TLS: \(error)")
        }
    }
}
