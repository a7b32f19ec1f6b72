internal import Glibc
package import StateStore

/// Where Hostler keeps what it knows about the guests of this host, and what it makes for them.
package struct HostState {
    /// `/var/lib/hostler` for root, whose guests are those of `qemu:///system`; else in the user's own state folder
    /// (XDG Base Directory Specification).
    package let folder: String
    /// Is told how far the work on a guest's files is, for a sentence where somebody has waited for too long: `waits for …`,
    /// `is being …`. `nil` where nobody wants to know.
    package var stage: (@Sendable (String) -> Void)?

    package init(folder: String) { self.folder = folder }

    package static var ofThisUser: HostState {
        if geteuid() == 0 { return HostState(folder: "/var/lib/hostler") }
        if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") { return HostState(folder: state + "/hostler") }
        return HostState(folder: (variable("HOME") ?? "") + "/.local/state/hostler")
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    package var stateFile: String { folder + "/state.db" }
    /// Of who makes or removes a guest's files, for a moment.
    package var lockFile: String { folder + "/lock" }
    /// Of commands that change what is kept for a guest, from their first look to their last word.
    package var editLockFile: String { folder + "/edit.lock" }
    /// Of who brings a template here, for as long as that takes.
    package var stagingLockFile: String { folder + "/staging.lock" }
    /// ISOs that guests boot from, brought here before.
    package var isoFolder: String { folder + "/iso" }
    /// A guest's own names for the ISOs of ``isoFolder``.
    package var mediaFolder: String { folder + "/media" }
    /// The certificates that downloads trust.
    package var trustFolder: String { folder + "/trust" }
    /// The config drives of guests that are not kept elsewhere.
    package var driveFolder: String { folder + "/configdrive" }

    /// Opens the state, and makes it where there is none.
    package func open() throws -> StateStore {
        try makeFolder()
        return try StateStore(path: stateFile)
    }

    /// Opens the state; `nil` where there is none yet.
    package func openIfPresent() throws -> StateStore? {
        if try Files.kind(stateFile) == .nothing { return nil }
        return try StateStore(path: stateFile)
    }

    /// QEMU, which has a user of its own, has to get through to its drive; what is secret has a mode of its own.
    package func makeFolder() throws(SystemError) { try Self.make(folder, mode: 0o755) }

    package func makeDriveFolder() throws(SystemError) {
        try makeFolder()
        try Self.make(driveFolder, mode: 0o711)
    }

    /// As ``makeDriveFolder()``.
    package func makeMediaFolders() throws(SystemError) {
        try makeFolder()
        try Self.make(isoFolder, mode: 0o711)
        try Self.make(mediaFolder, mode: 0o711)
    }

    private static func make(_ path: String, mode: mode_t) throws(SystemError) {
        if Files.isDirectory(path) { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try make(String(path[..<slash]), mode: 0o755)
        }
        if mkdir(path, mode) != 0 && errno != EEXIST { throw SystemError("cannot create \(path)") }
        if chmod(path, mode) != 0 { throw SystemError("cannot set the mode of \(path)") }
    }
}
