/// Why there is no drive: one lowercase sentence without a full stop, with the offending value in it, never with a secret.
public struct ConfigDriveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; a struct, since later layouts and sources bring more.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What was given is not allowed or does not fit the guest.
        public static let badInput = Code(rawValue: "badInput")
        /// The drive would be larger than ``ISOWriter/maximumSize``.
        public static let tooLarge = Code(rawValue: "tooLarge")
        /// A file cannot be read or written.
        public static let fileSystem = Code(rawValue: "fileSystem")
        /// An image is not one that we can read.
        public static let notADrive = Code(rawValue: "notADrive")
        /// The ISO library failed in a way that no input should make it fail.
        public static let library = Code(rawValue: "library")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
