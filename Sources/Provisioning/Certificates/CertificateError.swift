/// Why a certificate, or a trust store, is not as it should be: one lowercase sentence.
public struct CertificateError: Error, Equatable, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What was given is wrong.
        public static let badInput = Code(rawValue: "bad-input")
        /// A file cannot be read or written, or a program fails.
        public static let system = Code(rawValue: "system")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
