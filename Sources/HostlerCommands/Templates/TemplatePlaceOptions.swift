internal import ArgumentParser
internal import LibvirtClient
internal import Operations

/// Where templates are put.
struct TemplatePlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The libvirt storage pool (dir, fs or netfs), or the folder. Unless given, libvirt's own folder of images.",
            valueName: "name|/folder"
        ),
        completion: .shellCommand("virsh pool-list --name 2>/dev/null")
    )
    var pool: String?

    func place(_ connect: ConnectOptions) throws -> TemplatePlace {
        try TemplatePlace(pool) {
            let connection = try connect.open()
            guard try Host.runsGuests(of: connection) else {
                throw OperationError(
                    .failure,
                    "the pools of this connection are on host \(try connection.hostname()); run 'hostler template' there"
                )
            }
            return connection
        }
    }
}

extension TemplatePlace {
    /// Has libvirt see what came or went.
    func refresh(_ connect: ConnectOptions) throws {
        guard let pool else { return }
        try DrivePool(pool, connect.open(), for: "a template").refresh()
    }
}
