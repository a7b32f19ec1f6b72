/// The files of a drive, in memory. Several paths may share one content, as hard links do.
public struct DriveTree: Sendable, Equatable {
    public struct File: Sendable, Equatable {
        /// Relative, with `/` between its components: `openstack/latest/user_data`.
        public let path: String
        /// Index into ``DriveTree/contents``.
        public let content: Int
    }

    /// Each content once, in the order in which they came.
    public private(set) var contents: [[UInt8]] = []
    /// In the order in which they came.
    public private(set) var files: [File] = []
    private var byPath: [String: Int] = [:]

    public init() {}

    /// Adds a file of its own content.
    ///
    /// - Throws: `badInput` where `path` is taken or is not a plain relative path.
    public mutating func add(_ path: String, _ bytes: [UInt8]) throws(ConfigDriveError) {
        try insert(path, content: contents.count)
        contents.append(bytes)
    }

    /// Adds a file that shares the content of `existing`.
    ///
    /// - Throws: `badInput` where `existing` is not there, or `path` is taken or is not a plain relative path.
    public mutating func link(_ path: String, to existing: String) throws(ConfigDriveError) {
        guard let file = byPath[existing] else {
            throw ConfigDriveError(.badInput, "'\(existing)' is not on the drive, so nothing can be linked to it")
        }
        try insert(path, content: files[file].content)
    }

    /// The bytes of the file at `path`; `nil` where there is none.
    public subscript(path: String) -> [UInt8]? { byPath[path].map { contents[files[$0].content] } }

    private mutating func insert(_ path: String, content: Int) throws(ConfigDriveError) {
        if !Self.isPlain(path) {
            throw ConfigDriveError(.badInput, "'\(path)' is not a path on a drive")
        }
        if byPath[path] != nil { throw ConfigDriveError(.badInput, "'\(path)' is on the drive twice") }
        byPath[path] = files.count
        files.append(File(path: path, content: content))
    }

    /// Whether no component is empty, `.` or `..`; by bytes, since a drive has dozens of paths and is made at each start.
    private static func isPlain(_ path: String) -> Bool {
        var length = 0
        var hasOnlyDots = true
        func isComponent() -> Bool { length > 0 && !(hasOnlyDots && length <= 2) }
        for byte in path.utf8 {
            if byte == 0 { return false }
            if byte == UInt8(ascii: "/") {
                if !isComponent() { return false }
                (length, hasOnlyDots) = (0, true)
            } else {
                length += 1
                if byte != UInt8(ascii: ".") { hasOnlyDots = false }
            }
        }
        return isComponent()
    }
}
