/// Here so that a caller is told why.
struct DeployVirtualMachine: APICommand {
    let name = "deployVirtualMachine"
    let summary = "refused: guests are made with libvirt, and Hostler starts them"
    let since: String? = "2.2.0"
    let parameters: [APIParameter] = []
    let response: [ResponseField] = []

    func run(_ call: APICall) async throws -> APIResult {
        throw APIError(
            .unsupported,
            "deployVirtualMachine is not Hostler's: define the guest with virt-install or virsh, then startVirtualMachine"
        )
    }
}
