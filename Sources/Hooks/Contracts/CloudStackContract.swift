import DomainXML

/// CloudStack agent's `libvirt-vm-xml-transformer.sh transform XML`: the new domain goes to standard output.
///
/// It fails open: on any error the domain comes back as it was. The agent joins standard error to standard output
/// (`ProcessBuilder.redirectErrorStream` in its Script class), so that a plain line there would end up in the domain;
/// every message is therefore written as an XML comment, behind the document, where it harms nobody.
/// Source: CloudStack's LibvirtKvmAgentHook and Script classes.
enum CloudStackContract: Contract {
    static let name = "cloudstack"
    static let synopsis = "transform XML"

    static func claims(_ invocation: Invocation) -> Bool {
        invocation.baseName == "libvirt-vm-xml-transformer.sh"
    }

    static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse {
        guard invocation.arguments.count >= 2, invocation.arguments[0] == "transform" else {
            return .failure("usage: hostler-hook \(name) \(synopsis)", exitCode: 64)
        }
        let xml = invocation.bytes(1)
        do throws(HookError) {
            let result = try transformForStart(xml, system)
            return HookResponse(
                output: result.xml,
                messages: HookResponse.warnings(result.warnings).map(comment)
            )
        } catch {
            return HookResponse(
                output: xml,
                messages: [comment("hostler: " + HookResponse.oneLine(error.message) + "; the domain starts unchanged")]
            )
        }
    }

    /// An XML comment; two hyphens in a row would end it.
    private static func comment(_ message: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in message.unicodeScalars {
            if scalar == "-" && text.last == "-" { text.append(" ") }
            text.append(scalar)
        }
        return "<!-- \(String(text)) -->"
    }
}
