import DomainXML

/// What `hostler` answered.
public struct HostlerAnswer: Equatable, Sendable {
    public let status: Int32
    public let output: [UInt8]
    public let errors: [UInt8]

    public init(status: Int32, output: [UInt8] = [], errors: [UInt8] = []) {
        self.status = status
        self.output = output
        self.errors = errors
    }
}

/// The program `hostler`, which does what takes libraries and state: a seam, so that contracts are tested without it.
public protocol HostlerRunner {
    /// Runs `hostler` with `arguments` and waits for it.
    func hostler(_ arguments: [String], input: [UInt8]) throws(HookError) -> HostlerAnswer
}

/// The files that a domain refers to and that Hostler makes: a config drive.
struct Artefacts {
    /// When in the guest's life.
    enum Occasion: String {
        /// It is about to start.
        case prepare
        /// It is about to arrive from another host.
        case migrate
        /// It is gone.
        case release
    }

    let guest: String

    /// Has `hostler` do what is due.
    ///
    /// - Returns: where the files are that are somewhere else than the domain says, by role, and warnings.
    /// - Throws: what `hostler` complains of.
    func see(
        to occasion: Occasion,
        _ domain: [UInt8],
        _ system: some HostlerRunner
    ) throws(HookError) -> (paths: [String: String], warnings: [String]) {
        let answer = try system.hostler(["artefacts", occasion.rawValue, "--", guest], input: domain)
        let complaints = String(decoding: answer.errors, as: UTF8.self).split(separator: "\n").map { Self.sentence($0) }
        guard answer.status == 0 else {
            throw HookError(
                complaints.isEmpty ? "hostler failed with exit status \(answer.status)" : joined(complaints)
            )
        }
        var paths: [String: String] = [:]
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            paths[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
        return (paths, complaints.map { $0.hasPrefix("warning: ") ? String($0.dropFirst("warning: ".count)) : $0 })
    }

    /// A line of `hostler` without its name in front.
    private static func sentence(_ line: Substring) -> String {
        line.hasPrefix("hostler: ") ? String(line.dropFirst("hostler: ".count)) : String(line)
    }

    /// Without the guest's name, which the contract puts in front.
    private func joined(_ complaints: [String]) -> String {
        let prefix = "guest \(guest): "
        return complaints.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }.joined(separator: "; ")
    }
}
