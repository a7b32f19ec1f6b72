internal import ArgumentParser
internal import Provisioning

struct ConfigDriveInspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is on a drive, secrets hidden.",
        discussion: """
            Any config drive or NoCloud seed: Hostler's, CloudStack's, OpenStack's, or one made with genisoimage. Passwords, \
            user data and vendor data are not shown; 'extract' has them all.

            Examples:
              hostler config-drive inspect seed.iso
              hostler config-drive inspect seed.iso --json
            """
    )

    @Argument(help: "The ISO.", completion: .file(extensions: ["iso"]))
    var file: String

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func run() throws {
        let report = DriveFileReport(try ISOReader.read(path: file))
        try isJSON ? Terminal.print(try JSON.text(report)) : Terminal.write(report.text.utf8)
    }
}
