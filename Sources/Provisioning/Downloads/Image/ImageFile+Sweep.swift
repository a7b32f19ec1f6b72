internal import Glibc

extension ImageFile {
    /// Removes the unfinished images that killed processes have left in a folder, and nothing else. Those that a live
    /// process still writes stay.
    ///
    /// - Returns: the paths that are gone now. None where there is no folder.
    /// - Throws: `fileSystem` where the folder cannot be read or something not be removed.
    @discardableResult
    public static func sweep(_ folderPath: String) throws(DownloadError) -> [String] {
        try abandoned(in: folderPath, removes: true)
    }

    /// What ``sweep(_:)`` would remove now.
    public static func abandoned(in folderPath: String) throws(DownloadError) -> [String] {
        try abandoned(in: folderPath, removes: false)
    }

    private static func abandoned(in folderPath: String, removes: Bool) throws(DownloadError) -> [String] {
        let shown = DownloadError.quoted(folderPath)
        guard let folder = OpenFile(folderPath, O_RDONLY | O_DIRECTORY) else {
            if errno == ENOENT { return [] }
            throw .system("cannot open the folder \(shown)")
        }
        do throws(HeldFile.Failure) {
            let names = try HeldFile.abandoned(in: folder, isRemoved: removes) { ImageFileName.isOne($0) }
            return names.map { folderPath.hasSuffix("/") ? folderPath + $0 : folderPath + "/" + $0 }
        } catch {
            let action =
                if case .remove(let name) = error.deed {
                    "cannot remove \(DownloadError.quoted(name)) in \(shown)"
                } else {
                    "cannot list the folder \(shown)"
                }
            throw .system(action, number: error.number)
        }
    }
}
