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
            case "migrate", "restore":
                return try rewrite(system)
            default:
                // start, started, stopped, release, reconnect, attach, and whatever later versions add: nothing to do,
                // and `reconnect` must not fail whatever happens.
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
        guard let property = result.pending.first else {
            return HookResponse(messages: HookResponse.warnings(result.warnings))
        }
        throw HookError(
            "\(property) is set in its metadata but not applied to its devices: "
                + "run hostler set \(quoted(guest)) and start it again"
        )
    }

    /// An incoming guest, on the destination of a migration or from a save file.
    private static func rewrite(_ system: some HookSystem) throws(HookError) -> HookResponse {
        let xml = try system.standardInput()
        guard isMentioned(in: xml, [hostlerNamespace]) else { return .done }
        let result = try transform(xml, scope: .abiStable, system)
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
