internal import Glibc
internal import Operations

/// The guest's console, which is virsh's business.
enum Console {
    /// Makes sure that there will be a console, before a guest is started for it.
    static func check(
        isTerminal: Bool = isatty(STDIN_FILENO) == 1,
        path: String? = getenv("PATH").map { String(cString: $0) }
    ) throws(OperationError) {
        if !isTerminal {
            throw OperationError(.failure, "--console needs a terminal on stdin; leave it out, or run this in one")
        }
        let folders = (path ?? "").split(separator: ":")
        if !folders.contains(where: { Files.isExecutable($0 + "/virsh") }) {
            throw OperationError(.failure, "--console needs virsh, which is not on PATH; install it, or leave that out")
        }
    }

    /// Becomes `virsh console`; returns only by throwing.
    static func replaceThisProcess(guest: String, uri: String) throws(SystemError) {
        let arguments = ["virsh", "--connect", uri, "console", "--", guest]
        var pointers = arguments.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        execvp("virsh", pointers)
        throw SystemError("the guest is started, but virsh, which shows its console, cannot be run")
    }
}
