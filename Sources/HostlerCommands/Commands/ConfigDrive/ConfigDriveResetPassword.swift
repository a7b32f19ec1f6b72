internal import ArgumentParser
internal import DomainXML
internal import LibvirtClient
internal import Operations
internal import Provisioning

struct ConfigDriveResetPassword: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-password",
        abstract: "Give a guest a new password, from its next start on.",
        discussion: """
            The password is generated and shown this once, or read from stdin. It is on the drive at the guest's next start; \
            the running guest goes on as it is. CloudStack's guest script and cloudbase-init take it at each start, \
            cloud-init only for a new instance ('cloud-init clean' in the guest makes it one).

            Examples:
              hostler config-drive reset-password demo
              hostler config-drive reset-password demo --json
              pwgen 20 1 |
                hostler config-drive reset-password demo --password-stdin
            """
    )

    @OptionGroup var connect: ConnectOptions

    @Argument(help: "Name, UUID or id of the guest.", completion: .guests)
    var guest: String

    @Flag(name: .customLong("password-stdin"), help: "Read the password from stdin, one line.")
    var readsPassword = false

    @Option(help: ArgumentHelp("Length of the generated password, 8 to 256 (default: 16).", valueName: "number"))
    var length: Int?

    @Flag(name: .customLong("json"), help: "Write JSON.")
    var isJSON = false

    func validate() throws {
        if let length, !(8...256).contains(length) {
            throw ValidationError("--length \(length) is not from 8 to 256")
        }
        if readsPassword && length != nil { throw ValidationError("--length is for a password that is generated") }
    }

    func run() throws {
        let guest = try Guest(guest, try connect.open())
        try guest.checkIsHere("config-drive reset-password")
        let password = readsPassword ? try PasswordInput.read() : GeneratedPassword.make(length: length ?? 16)
        try DriveEdit.of(guest) { edit in
            guard try edit.isAttached() else {
                throw guest.failure("it has no config drive; give it one: hostler config-drive set \(guest.name)")
            }
            try edit.changeForNextStart([{ $0.password = password }])
        }
        if isJSON {
            return try Terminal.print(
                try JSON.text(Answer(guest: guest.name, password: readsPassword ? nil : password))
            )
        }
        let when = "in its config drive at its next start"
        if readsPassword { return try Terminal.say("guest \(guest.name): new password, \(when)") }
        try Terminal.say("guest \(guest.name): new password \(password), \(when)")
    }

    private struct Answer: Encodable {
        let guest: String
        /// Only one that was generated: whoever gave it knows it.
        let password: String?
    }
}
