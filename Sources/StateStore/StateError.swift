/// Why the state cannot be read or changed: one lowercase sentence without a full stop that names the file or the
/// offending key, never a value.
public struct StateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; a struct, since a store on several hosts brings more.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What was asked is not allowed, such as an empty key.
        public static let badInput = Code(rawValue: "badInput")
        /// The file is not a state store, but of another program or no database at all.
        public static let notAStore = Code(rawValue: "notAStore")
        /// The file is damaged.
        public static let corrupt = Code(rawValue: "corrupt")
        /// Another process kept the file locked for longer than ``StateStore/busyTimeout``, or others changed a key
        /// again and again.
        public static let busy = Code(rawValue: "busy")
        /// A newer version of Hostler wrote the file.
        public static let newerSchema = Code(rawValue: "newerSchema")
        /// The file or its folder may not be used, or others than its owner may use it too.
        public static let permission = Code(rawValue: "permission")
        /// The file cannot be written.
        public static let readOnly = Code(rawValue: "readOnly")
        /// There is no room for the change; the state is as before.
        public static let diskFull = Code(rawValue: "diskFull")
        /// The system failed to read or write the file.
        public static let inputOutput = Code(rawValue: "inputOutput")
        /// The history that was asked for is no longer kept.
        public static let compacted = Code(rawValue: "compacted")
        /// The revision that was asked for has not been reached.
        public static let futureRevision = Code(rawValue: "futureRevision")
        /// There is no such lease, or it has expired.
        public static let leaseNotFound = Code(rawValue: "leaseNotFound")
        /// The task was cancelled; whether the change was made is not known.
        public static let cancelled = Code(rawValue: "cancelled")
        /// The store was closed.
        public static let closed = Code(rawValue: "closed")
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// A key or path as it may stand in a message: no control characters, no more than 200 characters.
    static func shown(_ text: String) -> String {
        var shown = ""
        for (position, scalar) in text.unicodeScalars.enumerated() {
            if position == 200 { return shown + "..." }
            let isControl = scalar.properties.generalCategory == .control
            shown.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return shown
    }
}
