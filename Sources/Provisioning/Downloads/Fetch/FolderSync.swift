internal import Glibc

/// A folder's entries, brought to the disk.
enum FolderSync {
    /// - Parameter path: of an entry.
    static func sync(of path: String) throws(DownloadError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard let file = OpenFile(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY) else {
            throw .system("cannot open the folder \(DownloadError.quoted(folder))")
        }
        // Some network file systems have nothing to sync a folder with.
        if fsync(file.descriptor) != 0 && errno != EINVAL {
            throw .system("cannot write the folder \(DownloadError.quoted(folder)) to the disk")
        }
    }
}
