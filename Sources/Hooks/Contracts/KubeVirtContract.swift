import DomainXML

/// KubeVirt's sidecar: `onDefineDomain --vmi JSON --domain XML`, the domain goes to standard output, always.
///
/// Properties are the VMI's annotations `hostler.io/<property>`. The sidecar fails closed: with a non-zero exit status the
/// domain is not defined and standard error is in the pod's log.
/// Source: KubeVirt's cmd/sidecars/sidecar_shim.go.
enum KubeVirtContract: Contract {
    static let name = "kubevirt"
    static let synopsis = "--vmi JSON --domain XML"
    private static let prefix = "hostler.io/"

    static func claims(_ invocation: Invocation) -> Bool {
        invocation.baseName == "onDefineDomain"
    }

    static func run(_ invocation: Invocation, _ system: some HookSystem) -> HookResponse {
        do throws(HookError) {
            guard let vmi = try option("--vmi", invocation), let domain = try option("--domain", invocation) else {
                return .failure("usage: hostler-hook \(name) \(synopsis)", exitCode: 64)
            }
            let result = try transform(domain, properties: try properties(vmi), system)
            if let artefact = result.artefacts.first {
                // The sidecar is a container of its own: what is made there, the guest's container does not see.
                throw HookError(needsHost(artefact))
            }
            return HookResponse(output: result.xml, messages: HookResponse.warnings(result.warnings))
        } catch {
            return .failure(error.message, exitCode: 1)
        }
    }

    private static func needsHost(_ artefact: DomainArtefact) -> String {
        switch artefact.role {
        case "template":
            "template needs a host that makes the disk; in a pod, use KubeVirt's dataVolume or containerDisk"
        case "httpsisoboot":
            "httpsisoboot_delivery=\(artefact.format) needs a host; in a pod, use direct"
        default:
            "\(artefact.role)=on needs a host; in a pod, name an ISO of the guest's own volumes, "
                + "or use KubeVirt's cloudInitConfigDrive"
        }
    }

    /// The value of `--name VALUE` or `--name=VALUE`, as the bytes that came.
    private static func option(_ name: String, _ invocation: Invocation) throws(HookError) -> [UInt8]? {
        for (index, argument) in invocation.arguments.enumerated() {
            if argument == name {
                guard index + 1 < invocation.arguments.count else { throw HookError("\(name) has no value") }
                return invocation.bytes(index + 1)
            }
            if argument.hasPrefix(name + "=") { return Array(invocation.bytes(index).dropFirst(name.utf8.count + 1)) }
        }
        return nil
    }

    private static func properties(_ vmi: [UInt8]) throws(HookError) -> [PropertyValue] {
        let json: JSONValue
        do throws(JSONValue.Malformed) {
            json = try JSONValue(vmi)
        } catch {
            throw HookError("the VMI is not JSON: \(error.reason) at byte \(error.offset)")
        }
        guard let annotations = json["metadata"]?["annotations"]?.members else { return [] }
        var properties: [PropertyValue] = []
        for (name, value) in annotations where name.hasPrefix(prefix) {
            guard case .string(let text) = value else { throw HookError("annotation \(name) is not a string") }
            properties.append(
                PropertyValue(name: String(name.dropFirst(prefix.count)), value: text, source: .annotation)
            )
        }
        return properties
    }
}
