internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDriveSet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Keep what a guest is to be given, and attach its drive.",
        discussion: """
            What is given takes the place of what was kept, the rest stays; --remove takes something away. The drive is \
            attached to the persistent definition (property configdrive) and never booted. A guest that runs with its drive \
            gets the new medium at once, and only has to mount it again; others see it at their next start.

            Examples:
              hostler config-drive set demo --user-data init.yaml --ssh-key id.pub
              hostler config-drive set demo --network auto
              hostler config-drive set demo --meta role=web --meta availability-zone=a
              pwgen 20 1 | hostler config-drive set demo --password-stdin
              hostler config-drive set demo --remove user-data
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @OptionGroup var content: DriveContentOptions

    @Option(
        help: ArgumentHelp(
            "Take this away: \(DrivePart.allCases.map(\.rawValue).joined(separator: ", ")); may be repeated.",
            valueName: "part"
        )
    )
    var remove: [DrivePart] = []

    @Option(
        help: ArgumentHelp(
            "Keep the ISO on this libvirt storage pool (dir, fs or netfs); 'none' for this host's own folder.",
            valueName: "name"
        ),
        completion: .shellCommand("virsh pool-list --name 2>/dev/null")
    )
    var pool: String?

    func run() throws {
        let guest = try Guest(guest, try connect.open())
        try guest.checkIsHere("config-drive set")
        guard try guest.domain.isPersistent() else {
            throw guest.failure("it is transient, so it has no definition to attach a drive to (virsh define)")
        }
        let given = try content.changes()
        let removals = remove.map { part -> DriveEdit.Change in { part.remove(from: &$0) } }
        let place = try place(guest)
        try DriveEdit.of(guest) { try $0.attach(format: content.format, place: place, removals + given) }
    }

    private func place(_ guest: Guest) throws -> DriveEdit.Place {
        switch pool {
        case nil: .asItIs
        case "none": .hostFolder
        case let name?: .pool(try DrivePool(name, guest.connection))
        }
    }
}
