import FuzzDriver
import Glibc
import Hooks

/// Any bytes as KubeVirt's VMI: the sidecar answers with the domain or with one line, never both, never neither.
func fuzzVMI(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let vmi = Array(UnsafeBufferPointer(start: data, count: size))
    let domain = Array("<domain type='kvm'><devices/></domain>".utf8)
    let arguments = [Array("onDefineDomain".utf8), Array("--vmi".utf8), vmi, Array("--domain".utf8), domain]
    let response = HookCommand.run(Invocation(arguments), NoHost())
    if !(response.output.isEmpty == (response.exitCode != 0)) { fail("neither a domain nor one line") }
    if !(response.exitCode == 0 || response.messages.count == 1) { fail("neither a domain nor one line") }
    return 0
}

struct NoHost: HookSystem {
    func standardInput() throws(HookError) -> [UInt8] { [] }
    func environment(_ name: String) -> String? { nil }
    func hostler(_ arguments: [String], input: [UInt8]) throws(HookError) -> HostlerAnswer {
        throw HookError("there is no hostler here")
    }
    func daemon(_ call: DaemonCall, domain: () throws(HookError) -> [UInt8]) throws(HookError) -> DaemonOutcome {
        .absent
    }
    func readFile(_ path: String) throws(HookError) -> [UInt8]? { nil }
    func replaceFile(_ path: String, with bytes: [UInt8]) throws(HookError) {}
}

exit(fuzz { fuzzVMI($0, $1) })
