internal import Glibc

/// A drive on disk: whole or not there, and readable by nobody but its owner, for it holds passwords.
///
/// The owner stays as it is: while a guest runs, libvirt gives its drives to QEMU's user (`dynamic_ownership`).
public enum DriveFile {
    /// Makes the file at `path` hold exactly `bytes`.
    ///
    /// A file that does already is left as it is, but for a mode that lets others at it, which becomes 0600. Otherwise a
    /// new file is written beside it and takes its place: whenever the process or the machine stops, `path` holds the
    /// old drive or the new one. Processes that do this at the same time do not disturb each other; the last one wins.
    /// What a killed process has left for this path is removed first.
    ///
    /// - Parameter sync: whether the drive is on the disk, safe from a power cut, when this returns.
    /// - Returns: whether the file was written.
    /// - Throws: `fileSystem` where that fails, which leaves the old drive as it was, or where `path` is something else
    ///   than a file; a symbolic link counts as such.
    @discardableResult
    public static func replace(
        _ path: String,
        with bytes: [UInt8],
        sync: Bool = true
    ) throws(ConfigDriveError) -> Bool {
        try replace(path, with: bytes, sync: sync, on: KernelFileSystem())
    }

    static func replace(
        _ path: String,
        with bytes: [UInt8],
        sync: Bool,
        on system: some DriveFileSystem
    ) throws(ConfigDriveError) -> Bool {
        let place = try DrivePlace.writable(path)
        try place.sweep()
        if try place.holds(bytes) { return false }
        try place.put(bytes, sync: sync, on: system)
        return true
    }

    /// Removes the drive and what killed processes have left for it. No error where there is none.
    ///
    /// - Throws: `fileSystem` where that fails, or `path` is something else than a file.
    public static func remove(_ path: String) throws(ConfigDriveError) {
        guard let place = try DrivePlace.existing(path) else { return }
        try place.sweep()
        try place.remove()
    }

    /// Removes what killed processes have left in a folder. Files that a live process still writes stay.
    ///
    /// - Parameter isDryRun: whether nothing is removed, only found.
    /// - Returns: the paths that are gone now. None where there is no folder.
    /// - Throws: `fileSystem` where the folder cannot be read or something not be removed.
    @discardableResult
    public static func sweep(_ folder: String, dryRun isDryRun: Bool = false) throws(ConfigDriveError) -> [String] {
        guard let place = try DrivePlace.whole(folder: folder) else { return [] }
        return try place.sweep(dryRun: isDryRun)
    }
}
