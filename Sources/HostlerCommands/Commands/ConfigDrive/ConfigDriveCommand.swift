internal import ArgumentParser

struct ConfigDriveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config-drive",
        abstract: "Give guests user data, keys, a password and their network on a config drive.",
        discussion: """
            A config drive is a small ISO that cloud-init (or cloudbase-init) reads at the guest's start. 'set' keeps what \
            a guest is to be given and attaches the drive; from then on the libvirt hook makes the ISO at each start and \
            removes it when the guest is gone. 'build', 'inspect' and 'extract' work on ISO files alone, without libvirt.

            Examples:
              hostler config-drive set demo --user-data init.yaml --ssh-key id.pub
              hostler config-drive reset-password demo
              hostler config-drive build -o seed.iso --uuid $(uuidgen) --hostname web1
              hostler config-drive inspect seed.iso
            """,
        subcommands: [
            ConfigDriveSet.self, ConfigDriveShow.self, ConfigDriveUnset.self, ConfigDriveResetPassword.self,
            ConfigDrivePrune.self, ConfigDriveExport.self, ConfigDriveImport.self, ConfigDriveBuild.self,
            ConfigDriveInspect.self, ConfigDriveExtract.self,
        ]
    )
}
