internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations

/// What `set` and `unset` have in common: the options, and the way from the old definition to the new one.
struct DefinitionEdit: ParsableArguments {
    @OptionGroup var connect: ConnectOptions

    @Flag(name: .customLong("diff"), help: "Show the change as a unified diff as well, with the whole of URLs.")
    var showsDiff = false

    @Flag(name: .customLong("dry-run"), help: "Change nothing; say what would be done.")
    var isDryRun = false

    @Flag(name: .customLong("print-diff"), help: "Only show the diff, as virt-xml does: --diff and --dry-run together.")
    var onlyPrintsDiff = false

    /// Transforms the persistent definition of `key` and gives it back to libvirt.
    ///
    /// - Parameter deed: what is done with the properties, as in `set`.
    /// - Returns: what the guest needs of templates now.
    @discardableResult
    func apply(
        to key: String,
        _ request: TransformRequest,
        _ names: [String],
        deed: String
    ) throws -> [TemplateNeed] {
        let guest = try Guest(key, try connect.open())
        guard try guest.domain.isPersistent() else {
            throw guest.failure("it is transient, so it has no definition to change; define it first (virsh define)")
        }
        // With its passwords: a definition without them would take the guest's VNC password away.
        let old = try guest.definition(secure: true)
        let result = try guest.transform(old, request)
        guest.warn(result.warnings)
        if showsDiff || onlyPrintsDiff { try printDiff(guest, request) }
        if !result.isChanged {
            try Terminal.say("guest \(guest.name): nothing to change")
            return try guest.needs(in: result.xml)
        }
        let isAll = names.isEmpty
        let names = names.joined(separator: ", ")
        if isDryRun || onlyPrintsDiff {
            // Beside a diff, on stderr: the diff alone is to be piped.
            let plan = isAll ? "its properties would be applied" : "\(names) would be \(deed)"
            let sentence = "guest \(guest.name): \(plan); nothing is changed"
            if showsDiff || onlyPrintsDiff { Terminal.complain(sentence) } else { try Terminal.say(sentence) }
            return []
        }
        try guest.prepareArtefacts(result, isStart: false)
        // What cannot be had is said before anything is changed.
        let needs = try guest.needs(in: result.xml)
        _ = try guest.connection.define(result.xml)
        let when = try guest.domain.isActive() ? "; takes effect at the next start" : ""
        try Terminal.say("guest \(guest.name): \(isAll ? "its properties are applied" : "\(names) \(deed)")\(when)")
        if !isAll, deed == "unset" { try StartStaging.forget(guest, but: needs) }
        return needs
    }

    /// Of the definition without passwords, since a diff shows the lines around the change.
    private func printDiff(_ guest: Guest, _ request: TransformRequest) throws {
        let old = try guest.definition(secure: false)
        let new = try guest.transform(old, request)
        let diff = UnifiedDiff(
            old: String(decoding: old, as: UTF8.self),
            new: String(decoding: new.xml, as: UTF8.self),
            oldName: Terminal.oneLine(guest.name),
            newName: Terminal.oneLine(guest.name) + " (transformed)"
        )
        try Terminal.write(diff.text(coloured: Terminal.isColoured).utf8)
    }
}
