internal import Glibc
internal import Synchronization

/// A new image on its way into a folder: a hidden file, for its owner alone, that is gone with this object unless it was
/// published.
///
/// It is locked (`flock`) for as long as it is written, so that ``sweep(_:)`` of any process knows whether somebody does.
public final class ImageFile: Sendable {
    /// Absolute where the path of the folder is.
    public let path: String
    let folderPath: String
    private let folder: OpenFile
    private let held: HeldFile
    let system: any ImageFileSystem
    private let isOurs = Atomic(true)

    var descriptor: Int32 { held.file.descriptor }

    /// Makes an empty file `.hostler-<id>.<16 hexadecimal digits>.image`.
    ///
    /// - Parameters:
    ///   - folder: has to be there.
    ///   - id: whose image it is: letters, digits, `-` and `_`, 64 at most.
    /// - Throws: `badInput` for another id; `fileSystem`, `noSpace`.
    public convenience init(in folder: String, id: String) throws(DownloadError) {
        try self.init(in: folder, id: id, on: KernelImageFileSystem())
    }

    init(in folderPath: String, id: String, on system: any ImageFileSystem) throws(DownloadError) {
        if !ImageFileName.isID(id) {
            throw DownloadError(
                .badInput,
                "\(DownloadError.quoted(id)) is not the id of an image: letters and digits are"
            )
        }
        let shown = DownloadError.quoted(folderPath)
        guard let folder = OpenFile(folderPath, O_RDONLY | O_DIRECTORY) else {
            throw .system("cannot open the folder \(shown)")
        }
        do throws(HeldFile.Failure) { held = try HeldFile.make(in: folder) { ImageFileName.make(id) } } catch {
            let action = if case .lock = error.deed { "cannot lock a file in" } else { "cannot make a file in" }
            throw .system("\(action) \(shown)", number: error.number)
        }
        self.folderPath = folderPath
        self.path = folderPath.hasSuffix("/") ? folderPath + held.name : folderPath + "/" + held.name
        self.folder = folder
        self.system = system
    }

    deinit { discard() }

    /// Removes it now, unless it was published: a process may end before the last reference does.
    func discard() {
        if isOurs.exchange(false, ordering: .relaxed) { unlinkat(folder.descriptor, held.name, 0) }
    }

    /// Whatever has written it: brings it to the disk.
    public func sync() throws(DownloadError) {
        if system.sync(descriptor) != 0 { throw .system("cannot write \(shown) to the disk") }
    }

    /// Gives the file its name in the folder; it is safe from a power cut, name and content, when this returns.
    ///
    /// - Parameters:
    ///   - name: without a folder, not hidden.
    ///   - replacing: whether a file of that name goes; else it stays, and this fails.
    /// - Returns: the path.
    /// - Throws: `badInput` for a name that is none; `fileSystem`, also where the name is taken; `noSpace`.
    @discardableResult
    public func publish(as name: String, replacing: Bool = false) throws(DownloadError) -> String {
        let published = folderPath.hasSuffix("/") ? folderPath + name : folderPath + "/" + name
        let target = DownloadError.quoted(published)
        if name.isEmpty || name.hasPrefix(".") || name.utf8.count > 255 || name.contains("/") || name.contains("\0") {
            throw DownloadError(.badInput, "\(DownloadError.quoted(name)) cannot be the name of an image")
        }
        try sync()
        if system.rename(folder.descriptor, held.name, name, replacing: replacing) != 0 {
            if errno == EEXIST {
                throw DownloadError(
                    .fileSystem,
                    "\(target) is there already and is left alone; remove it or choose another name"
                )
            }
            throw .system("cannot make \(target)")
        }
        isOurs.store(false, ordering: .relaxed)
        // Some network file systems have nothing to sync a folder with.
        if system.sync(folder.descriptor) != 0 && errno != EINVAL {
            throw .system("cannot write the folder \(DownloadError.quoted(folderPath)) to the disk")
        }
        return published
    }

    /// What messages call it: the name is of no use to anybody.
    var shown: String { "an image in \(DownloadError.quoted(folderPath))" }

    /// - Parameter needed: bytes that still have to be written, where that is known.
    func noSpace(needed: Int64?) -> DownloadError {
        let free = system.space(descriptor).map { "\($0) bytes are free there" } ?? "it does not say how much is free"
        let wanted = needed.map { "\($0) more are needed" } ?? "more are needed"
        return DownloadError(
            .noSpace,
            "there is no space for \(shown): \(free), \(wanted); free space there or choose another pool"
        )
    }
}
