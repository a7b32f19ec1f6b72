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
        let guest = invocation.arguments[0]
        do throws(HookError) {
            switch invocation.arguments[1] {
            case "prepare":
                return try prepare(guest, system)
            case "migrate":
                return try rewrite(guest, system)
            case "restore":
                // `prepare` follows, and makes the files.
                return try rewrite(nil, system)
            case "release":
                return try release(guest, invocation.arguments, system)
            default:
                // start, started, stopped, reconnect, attach, and whatever later versions add: nothing to do, and
                // `reconnect` must not fail whatever happens.
                return .done
            }
        } catch {
            return .failure("guest \(guest): \(error.message)", exitCode: 1)
        }
    }

    /// Every start, however it was asked for: makes sure that what the properties promise is in the domain. The XML
    /// cannot be changed any more here.
    private static func prepare(_ guest: String, _ system: some HookSystem) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]) else { return .done }
        let result = try transform(xml, system)
        if let property = result.pending.first {
            throw HookError(
                "\(property) is set in its metadata but not applied to its devices: "
                    + "run hostler set \(quoted(guest)) and start it again"
            )
        }
        var warnings = result.warnings
        if !result.artefacts.isEmpty {
            warnings += try Artefacts(guest: guest).see(to: .prepare, xml, system).warnings
        }
        return HookResponse(messages: HookResponse.warnings(warnings))
    }

    /// The guest is gone: the files that were made for it go too, what they were made of stays.
    private static func release(
        _ guest: String,
        _ arguments: [String],
        _ system: some HookSystem
    ) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]), try hasArtefacts(xml, system) else { return .done }
        // Since libvirt 10.5: the destination may read the very same file.
        if arguments.count > 3, arguments[3] == "migrated" { return .done }
        let seen = try Artefacts(guest: guest).see(to: .release, xml, system)
        return HookResponse(messages: HookResponse.warnings(seen.warnings))
    }

    private static func hasArtefacts(_ xml: [UInt8], _ system: some HookSystem) throws(HookError) -> Bool {
        try !transform(xml, system).artefacts.isEmpty
    }

    /// An incoming guest, on the destination of a migration or from a save file.
    ///
    /// - Parameter guest: whose files have to be made now; `nil` where that is done later.
    private static func rewrite(_ guest: String?, _ system: some HookSystem) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]) else { return .done }
        var result = try transform(xml, scope: .abiStable, system)
        if let guest, !result.artefacts.isEmpty {
            let seen = try Artefacts(guest: guest).see(to: .migrate, result.xml, system)
            result = try transform(xml, artefacts: seen.paths, scope: .abiStable, system)
        }
        return HookResponse(output: result.isChanged ? result.xml : [])
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
