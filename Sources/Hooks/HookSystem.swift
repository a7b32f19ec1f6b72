/// What a contract may touch besides its arguments: a seam, so that contracts are tested without a process.
public protocol HookSystem: HostlerRunner, DaemonPort {
    /// The whole of standard input, up to ``maximumInput`` and one byte.
    func standardInput() throws(HookError) -> [UInt8]
    func environment(_ name: String) -> String?
    /// The content of a file; `nil` where there is none.
    func readFile(_ path: String) throws(HookError) -> [UInt8]?
    /// Puts `bytes` in the place of a file that exists: all or nothing, owner and mode kept.
    func replaceFile(_ path: String, with bytes: [UInt8]) throws(HookError)
}

/// More than any domain: beyond it the engine refuses a document anyway, and the hook stops to read.
public let maximumInput = 16 << 20

/// Why a hook could not do its work: one lowercase sentence.
public struct HookError: Error, Equatable {
    public let message: String
    public init(_ message: String) { self.message = message }
}

/// How a program is called: its name and arguments, both as text and as the bytes that came.
public struct Invocation: Sendable {
    /// argv[0].
    public let program: String
    public let arguments: [String]
    private let raw: [[UInt8]]

    public init(_ raw: [[UInt8]]) {
        let text = raw.map { String(decoding: $0, as: UTF8.self) }
        program = text.first ?? ""
        arguments = Array(text.dropFirst())
        self.raw = Array(raw.dropFirst())
    }

    /// An argument as it came, UTF-8 or not: what has to be handed on unchanged.
    public func bytes(_ index: Int) -> [UInt8] { raw[index] }

    /// The same call without its first argument.
    func droppingFirst() -> Invocation { Invocation([Array(program.utf8)] + raw.dropFirst()) }

    /// The last component of the program's path.
    var baseName: Substring { Self.lastComponent(program[...]) }

    /// The folder that the program was found in: `qemu.d`, `before_vm_start`.
    var folderName: Substring {
        let base = baseName
        return base.startIndex == program.startIndex ? "" : Self.lastComponent(program[..<base.startIndex].dropLast())
    }

    private static func lastComponent(_ path: Substring) -> Substring {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return path[path.utf8.index(after: slash)...]
    }
}

/// What a hook answers.
public struct HookResponse: Equatable, Sendable {
    public var output: [UInt8]
    /// Lines for standard error, without line breaks.
    public var messages: [String]
    public var exitCode: Int32

    public init(output: [UInt8] = [], messages: [String] = [], exitCode: Int32 = 0) {
        self.output = output
        self.messages = messages
        self.exitCode = exitCode
    }

    /// Nothing to say, all well.
    public static let done = HookResponse()

    static func failure(_ message: String, exitCode: Int32) -> HookResponse {
        HookResponse(messages: ["hostler: " + oneLine(message)], exitCode: exitCode)
    }

    /// A message without control characters: libvirt prints it as it is.
    static func oneLine(_ message: String) -> String {
        String(String.UnicodeScalarView(message.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    static func warnings(_ warnings: [String]) -> [String] {
        warnings.map { "hostler: warning: " + oneLine($0) }
    }

    static func notes(_ notes: [String]) -> [String] {
        notes.map { "hostler: note: " + oneLine($0) }
    }
}
