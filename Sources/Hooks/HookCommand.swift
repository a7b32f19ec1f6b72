/// `hostler-hook`: finds the contract it is called under, by its name and place or by its first argument.
public enum HookCommand {
    static let contracts: [any Contract.Type] = [
        LibvirtContract.self, VDSMContract.self, CloudStackContract.self, KubeVirtContract.self,
    ]

    public static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse {
        if let contract = contracts.first(where: { $0.claims(invocation) }) {
            return contract.run(invocation, system)
        }
        guard let word = invocation.arguments.first else { return usage }
        if word == "--help" || word == "-h" {
            return HookResponse(output: Array(help.utf8))
        }
        if word == "--version" {
            return HookResponse(output: Array((Version.text + "\n").utf8))
        }
        guard let contract = contracts.first(where: { $0.name == word }) else { return usage }
        return contract.run(invocation.droppingFirst(), system)
    }

    private static var usage: HookResponse {
        let names = contracts.map { $0.name }.joined(separator: "|")
        return .failure("usage: hostler-hook \(names) …; see hostler-hook --help", exitCode: 64)
    }

    private static var help: String {
        """
        Rewrites domain XML where a stack calls its hooks. It is not meant to be typed: `hostler install` links it
        into the right folder, and it knows by its name and place which stack calls.

        usage:
        \(contracts.map { "  hostler-hook \($0.name) \($0.synopsis)\n" }.joined())
        Exit status 0: done, or nothing to do. Otherwise one line on standard error says why.

        """
    }
}
