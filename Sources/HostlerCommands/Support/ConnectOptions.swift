internal import ArgumentParser
internal import LibvirtClient
internal import Operations

/// `--connect`, which every command with a guest takes.
struct ConnectOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("connect")],
        help: ArgumentHelp("The hypervisor, as virsh takes it (default: libvirt's own).", valueName: "uri"),
        completion: .list(["qemu:///system", "qemu:///session"])
    )
    var uri: String?

    /// - Throws: exit status 69 where libvirt does not answer.
    func open() throws(OperationError) -> Connection {
        do throws(OperationError) { return try connect() } catch {
            throw OperationError(error.code, "\(error); 'hostler doctor' says what to do")
        }
    }

    /// ``open()`` for hostler doctor itself.
    func connect() throws(OperationError) -> Connection {
        do throws(LibvirtError) {
            return try Connection(uri)
        } catch {
            let place = uri.map { " at '\(Self.shown($0))'" } ?? ""
            throw OperationError(.unreachable, "cannot connect to libvirt\(place): \(error.sentence)")
        }
    }

    /// A URI without its user and password, and without what follows the question mark, which may name key files.
    static func shown(_ uri: String) -> String {
        let text = uri.prefix { $0 != "?" }
        guard let scheme = text.firstRange(of: "://"), let at = text[scheme.upperBound...].lastIndex(of: "@") else {
            return String(text)
        }
        return String(text[..<scheme.upperBound] + text[text.index(after: at)...])
    }
}

extension CompletionKind {
    /// The guests of the default hypervisor.
    static let guests = CompletionKind.shellCommand("virsh list --all --name 2>/dev/null")
}
