internal import CLibvirt

/// What libvirt answered instead of doing what it was asked.
///
/// `message` is libvirt's own text on one line, without the users and queries of URLs, which may hold passwords and
/// tokens: QEMU's errors, which libvirt passes on, quote its whole command line.
public struct LibvirtError: Error, Equatable, Sendable, CustomStringConvertible {
    /// libvirt's `virErrorNumber`; a struct, since every release adds some.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// No guest has that name, UUID or id.
        public static let noDomain = Code(rawValue: VIR_ERR_NO_DOMAIN.rawValue)
        /// The guest is not in a state for it, such as shut off.
        public static let operationInvalid = Code(rawValue: VIR_ERR_OPERATION_INVALID.rawValue)
        /// No storage pool has that name.
        public static let noStoragePool = Code(rawValue: VIR_ERR_NO_STORAGE_POOL.rawValue)
        /// A hook script said no.
        public static let hookFailed = Code(rawValue: VIR_ERR_HOOK_SCRIPT_FAILED.rawValue)
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = Secrets.removed(from: Self.onOneLine(message))
    }

    public var description: String { message }

    /// Copies what libvirt remembers of the last call of this thread, before another call overwrites it.
    static func last(_ action: String) -> LibvirtError {
        guard let error = virGetLastError() else {
            return LibvirtError(
                Code(rawValue: VIR_ERR_INTERNAL_ERROR.rawValue),
                "\(action) failed, libvirt does not say why"
            )
        }
        let code = UInt32(bitPattern: error.pointee.code)
        guard let text = error.pointee.message else {
            return LibvirtError(Code(rawValue: code), "\(action) failed with libvirt's error \(code)")
        }
        return LibvirtError(Code(rawValue: code), String(cString: text))
    }

    private static func onOneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}
