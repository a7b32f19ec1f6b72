internal import ArgumentParser

/// The root command; what it does is in its subcommands.
struct Hostler: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostler",
        abstract: "Gets a KVM guest ready before it starts.",
        discussion: """
            Hostler rewrites libvirt domain XML by properties, name=value: boot a guest from an ISO that a web server \
            has, make its disk of a template, give it a config drive, put its boot devices into another order. 'hostler \
            properties' lists them all.

            Boot a guest from an ISO once, and leave its definition as it is:
              hostler start demo --once httpsisoboot=https://server/a.iso

            The same for each start from now on, and back again:
              hostler set demo httpsisoboot=https://server/a.iso
              hostler unset demo httpsisoboot

            See what would change, without libvirt:
              virsh dumpxml --inactive demo |
                hostler transform --diff --set httpsisoboot=https://server/a.iso

            Give a guest user data, keys and a password on a config drive:
              hostler config-drive set demo --user-data init.yaml --network auto

            Make its disk of an image that is fetched and verified first:
              hostler set demo template=https://server/debian.qcow2.xz

            What is not right on this host, and what to do about it:
              hostler doctor

            Exit status: 0 done, 64 wrong usage, 65 bad input, 69 libvirt cannot be reached, 1 any other failure.
            """,
        version: Self.version,
        subcommands: [
            StartCommand.self, SetCommand.self, UnsetCommand.self, ShowCommand.self, TransformCommand.self,
            PropertiesCommand.self, ConfigDriveCommand.self, TemplateCommand.self, CertificateCommand.self,
            StatusCommand.self,
            EventsCommand.self, CallCommand.self, APIKeyCommand.self, InstallCommand.self, UninstallCommand.self,
            DoctorCommand.self,
            ArtefactsCommand.self,
        ]
    )

    static let version = "0.1.0"
}
