import DomainXML

/// VDSM's `before_vm_start`: the domain is in the file that `_hook_domxml` names and is edited there, the VM's custom
/// properties are in the environment.
///
/// Exit status 2 stops the start and the hooks behind this one; VDSM shows standard error.
/// Source: VDSM's lib/vdsm/common/hooks.py and `vdsm-hook` man page.
enum VDSMContract: Contract {
    static let name = "vdsm"
    static let synopsis = "   (_hook_domxml=FILE and properties in the environment)"

    static func claims(_ invocation: Invocation) -> Bool {
        invocation.baseName == "before_vm_start" || invocation.folderName == "before_vm_start"
    }

    static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse {
        do throws(HookError) {
            return try rewrite(system)
        } catch {
            return .failure(error.message, exitCode: 2)
        }
    }

    private static func rewrite(_ system: some HookSystem) throws(HookError) -> HookResponse {
        guard let path = system.environment("_hook_domxml"), !path.isEmpty else {
            throw HookError("_hook_domxml is not set: this is a hook for VDSM's before_vm_start")
        }
        let properties = Property.all.compactMap { property in
            system.environment(property.name).map {
                PropertyValue(name: property.name, value: $0, source: .environment)
            }
        }
        guard let xml = try system.readFile(path) else {
            throw HookError("the domain's file \(path) does not exist")
        }
        // VDSM's environment tells what oVirt's metadata tells; only a caller without one leaves it to the XML.
        let words = [hostlerNamespace] + Property.all.filter { $0.mainProperty == nil }.map(\.name)
        guard !properties.isEmpty || isMentioned(in: xml, words) else { return .done }

        let result = try transformForStart(xml, properties: properties, system)
        if result.isChanged { try system.replaceFile(path, with: result.xml) }
        return HookResponse(messages: HookResponse.warnings(result.warnings))
    }
}
