import DomainXML

/// libvirt's qemu hook: `/etc/libvirt/hooks/qemu`, or a file in `qemu.d`.
///
/// Arguments are GUEST OPERATION SUB-OPERATION EXTRA, the domain comes on standard input. libvirt reads the output of
/// `migrate` and `restore` alone, where empty output leaves the domain as it is, and refuses there what changes the ABI.
/// A failing `reconnect` kills a running guest, and calling back into libvirt deadlocks.
/// Source: libvirt's "Hooks for specific system management", https://libvirt.org/hooks.html
enum LibvirtContract: Contract {
    static let name = "libvirt"
    static let synopsis = "GUEST OPERATION SUB-OPERATION EXTRA < DOMAIN"

    static func claims(_ invocation: Invocation) -> Bool {
        invocation.baseName == "qemu" || invocation.folderName == "qemu.d"
    }

    static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse {
        guard invocation.arguments.count >= 2 else {
            return .failure("usage: hostler-hook \(name) \(synopsis)", exitCode: 64)
        }
        let call = Call(invocation)
        do throws(HookError) {
            switch invocation.arguments[1] {
            case "prepare":
                return try prepare(call, system)
            case "migrate":
                return try rewrite(call, makesFiles: true, system)
            case "restore":
                // `prepare` follows, and makes the files.
                return try rewrite(call, makesFiles: false, system)
            case "release":
                return try release(call, system)
            default:
                // start, started, stopped, reconnect, attach, and whatever later versions add: the daemon takes note.
                call.note(system) { () throws(HookError) in try system.standardInput() }
                return .done
            }
        } catch {
            return .failure("guest \(call.guest): \(error.message)", exitCode: 1)
        }
    }

    /// How libvirt has called, and how the daemon is told of it.
    private struct Call {
        let guest: String
        /// The last argument: since libvirt 10.5, why a guest is gone; `-` else.
        let extra: String
        private let raw: [[UInt8]]

        init(_ invocation: Invocation) {
            guest = invocation.arguments[0]
            extra = invocation.arguments.count > 3 ? invocation.arguments[3] : "-"
            raw = invocation.arguments.indices.map { invocation.bytes($0) }
        }

        /// Tells the daemon, where there is one. It learns the same from libvirt's events, so that nothing is lost where it
        /// does not answer, and no guest may suffer from that: a failing `reconnect` would kill it.
        func note(_ system: some HookSystem, _ domain: () throws(HookError) -> [UInt8]) {
            do throws(HookError) {
                _ = try system.daemon(DaemonCall(arguments: raw, isWork: false), domain: domain)
            } catch {
                return
            }
        }

        /// Has the files of the domain made or removed: by the daemon, or where that is not possible by `hostler`.
        ///
        /// - Returns: where files are that are somewhere else than the domain says, by role, and lines for stderr.
        func see(
            to occasion: Artefacts.Occasion,
            _ xml: [UInt8],
            _ system: some HookSystem
        ) throws(HookError) -> (paths: [String: String], messages: [String]) {
            var notes: [String] = []
            switch try system.daemon(DaemonCall(arguments: raw, isWork: true), domain: { xml }) {
            case .done(let lines):
                return (Self.paths(lines), HookResponse.warnings(Self.values("warning ", lines)))
            case .refused(let sentence):
                throw HookError(sentence)
            case .absent:
                notes = ["hostlerd is not running, so this is done without it"]
            case .silent(let sentence):
                notes = ["\(sentence), so this is done without it"]
            }
            let seen = try Artefacts(guest: guest).see(to: occasion, xml, system)
            return (seen.paths, HookResponse.notes(notes) + HookResponse.warnings(seen.warnings))
        }

        private static func paths(_ lines: [String]) -> [String: String] {
            var paths: [String: String] = [:]
            for line in values("path ", lines) {
                guard let equals = line.firstIndex(of: "=") else { continue }
                paths[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            return paths
        }

        private static func values(_ word: String, _ lines: [String]) -> [String] {
            lines.filter { $0.hasPrefix(word) }.map { String($0.dropFirst(word.count)) }
        }
    }

    /// Every start, however it was asked for: makes sure that what the properties promise is in the domain. The XML
    /// cannot be changed any more here.
    private static func prepare(_ call: Call, _ system: some HookSystem) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]) else {
            call.note(system) { xml }
            return .done
        }
        let result = try transform(xml, system)
        if let property = result.pending.first {
            throw HookError(
                "\(property) is set in its metadata but not applied to its devices: "
                    + "run hostler set \(quoted(call.guest)) and start it again"
            )
        }
        var messages = HookResponse.warnings(result.warnings)
        if result.artefacts.isEmpty {
            call.note(system) { xml }
        } else {
            messages += try call.see(to: .prepare, xml, system).messages
        }
        return HookResponse(messages: messages)
    }

    /// The guest is gone: the files that were made for it go too, what they were made of stays.
    private static func release(_ call: Call, _ system: some HookSystem) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        // Since libvirt 10.5: after a migration the destination may read the very same file.
        guard call.extra != "migrated", isMentioned(in: xml, [hostlerNamespace]), try hasArtefacts(xml, system) else {
            call.note(system) { xml }
            return .done
        }
        return HookResponse(messages: try call.see(to: .release, xml, system).messages)
    }

    private static func hasArtefacts(_ xml: [UInt8], _ system: some HookSystem) throws(HookError) -> Bool {
        try !transform(xml, system).artefacts.isEmpty
    }

    /// An incoming guest, on the destination of a migration or from a save file.
    ///
    /// - Parameter makesFiles: whether its files have to be made now.
    private static func rewrite(
        _ call: Call,
        makesFiles: Bool,
        _ system: some HookSystem
    ) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]) else {
            call.note(system) { xml }
            return .done
        }
        var result = try transform(xml, scope: .abiStable, system)
        var messages: [String] = []
        if makesFiles && !result.artefacts.isEmpty {
            let seen = try call.see(to: .migrate, result.xml, system)
            result = try transform(xml, artefacts: seen.paths, scope: .abiStable, system)
            messages = seen.messages
        } else {
            call.note(system) { xml }
        }
        return HookResponse(output: result.isChanged ? result.xml : [], messages: messages)
    }

    /// A name as a shell takes it.
    private static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains($0)
        }
        if isPlain && !name.isEmpty { return name }
        return "'" + name.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
