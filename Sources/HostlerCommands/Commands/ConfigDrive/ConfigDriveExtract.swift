internal import ArgumentParser
internal import Glibc
internal import Operations
internal import Provisioning

struct ConfigDriveExtract: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Write the files of a drive into a folder, secrets and all.",
        discussion: """
            The folder is made where there is none and must be empty otherwise. Files are readable for their owner alone.

            Example:
              hostler config-drive extract seed.iso seed
            """
    )

    @Argument(help: "The ISO.", completion: .file(extensions: ["iso"]))
    var file: String

    @Argument(help: ArgumentHelp("The folder.", valueName: "folder"), completion: .directory)
    var folder: String

    func run() throws {
        let image = try ISOReader.read(path: file)
        if mkdir(folder, 0o700) != 0 {
            if errno != EEXIST { throw SystemError("cannot create \(folder)") }
            if !Files.isDirectory(folder) { throw OperationError(.badInput, "\(folder) is not a folder") }
            if try !Files.names(folder).isEmpty {
                throw OperationError(.badInput, "\(folder) is not empty; nothing in it is overwritten")
            }
        }
        for path in image.skipped {
            Terminal.warn("'\(path)' is neither a file nor a folder, and is left out")
        }
        for file in image.tree.files { try write(file.path, image.tree.contents[file.content]) }
        try Terminal.say("\(folder): \(image.tree.files.count) files")
    }

    private func write(_ path: String, _ bytes: [UInt8]) throws(SystemError) {
        var current = folder
        for part in path.split(separator: "/").dropLast() {
            current += "/" + part
            if mkdir(current, 0o700) != 0 && errno != EEXIST { throw SystemError("cannot create \(current)") }
        }
        let target = "\(folder)/\(path)"
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 { throw SystemError("cannot write \(target)") }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { throw SystemError("cannot write \(target)") }
            written += max(count, 0)
        }
    }
}
