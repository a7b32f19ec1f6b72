/// A walk through the folders of an image.
struct ISOWalk {
    /// All folders of an image together, in bytes: a drive has a few blocks of them.
    static let maximumFolderSize = 1 << 20
    static let deepest = 32
    /// In bytes of UTF-8.
    static let longestPath = 1024
    static let longestName = 512

    let volume: ISOVolume
    private(set) var tree = DriveTree()
    private(set) var skipped: [String] = []
    private var folderBytes = 0
    private var contentBytes = 0
    private var seenFolders: Set<Int> = []
    private var pathOfExtent: [ISOExtent: String] = [:]

    init(volume: ISOVolume) { self.volume = volume }

    mutating func walk(_ source: borrowing some ISOSource & ~Copyable) throws(ConfigDriveError) {
        try walk(volume.root, below: "", depth: 1, source)
    }

    private enum Kind { case folder(ISOExtent), file([ISOExtent]), other }

    private struct Entry {
        let name: String
        let kind: Kind
    }

    private mutating func walk(
        _ folder: ISOExtent,
        below path: String,
        depth: Int,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) {
        if !seenFolders.insert(folder.block).inserted {
            throw ConfigDriveError(.notADrive, "\(source.name) is damaged: a folder of it is in two places")
        }
        if depth > Self.deepest {
            throw ConfigDriveError(
                .notADrive,
                "the folders of \(source.name) are more than \(Self.deepest) levels deep"
            )
        }
        var names: Set<String> = []
        for entry in try entries(of: folder, source).sorted(by: { $0.name < $1.name }) {
            let entryPath = path.isEmpty ? entry.name : path + "/" + entry.name
            if entryPath.utf8.count > Self.longestPath {
                throw ConfigDriveError(.notADrive, "\(source.name) has a path of more than \(Self.longestPath) bytes")
            }
            if !names.insert(entry.name).inserted {
                throw ConfigDriveError(
                    .notADrive,
                    "\(source.name) is damaged: it has \(ConfigDriveError.quoted(entryPath)) twice"
                )
            }
            switch entry.kind {
            case .folder(let extent): try walk(extent, below: entryPath, depth: depth + 1, source)
            case .file(let extents): try add(entryPath, extents, source)
            case .other: skipped.append(entryPath)
            }
        }
    }

    private mutating func add(
        _ path: String,
        _ extents: [ISOExtent],
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) {
        let size = extents.reduce(0) { $0 + $1.size }
        // Empty files lie at one place too, without being links of each other.
        if extents.count == 1, size > 0, let existing = pathOfExtent[extents[0]] {
            return try tree.link(path, to: existing)
        }
        contentBytes += size
        if contentBytes > ISOReader.maximumContentSize {
            throw ConfigDriveError(
                .tooLarge,
                "the files of \(source.name) have more than \(ISOReader.maximumContentSize) bytes (64 MiB) together"
            )
        }
        var bytes: [UInt8] = []
        for extent in extents where extent.size > 0 { bytes += try source.bytes(at: extent.offset, count: extent.size) }
        try tree.add(path, bytes)
        if extents.count == 1 { pathOfExtent[extents[0]] = path }
    }

    private mutating func entries(
        of folder: ISOExtent,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> [Entry] {
        folderBytes += folder.size
        if folderBytes > Self.maximumFolderSize {
            throw ConfigDriveError(
                .tooLarge,
                "the folders of \(source.name) have more than \(Self.maximumFolderSize) bytes; no drive has so many files"
            )
        }
        var found: [Entry] = []
        var pending: [ISOExtent] = []
        for record in try records(of: folder, source) where !record.isOwnOrParent && !record.isAssociated {
            if record.isInterleaved {
                throw ConfigDriveError(.notADrive, "\(source.name) has interleaved files, which cannot be read")
            }
            pending.append(record.extent)
            if record.hasMore { continue }
            if let entry = try entry(record, pending, source) { found.append(entry) }
            pending = []
        }
        if !pending.isEmpty {
            throw ConfigDriveError(.notADrive, "\(source.name) is damaged: a file of it has no last part")
        }
        return found
    }

    /// Records do not reach across blocks; a length of 0 says that the rest of a block is empty.
    private func records(
        of folder: ISOExtent,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> [ISORecord] {
        let bytes = try source.bytes(at: folder.offset, count: folder.size)
        var records: [ISORecord] = []
        var position = 0
        while position < bytes.count {
            let blockEnd = min((position / ISOVolume.blockSize + 1) * ISOVolume.blockSize, bytes.count)
            if bytes[position] == 0 {
                position = blockEnd
                continue
            }
            guard let record = ISORecord(bytes[position..<blockEnd]) else {
                throw ConfigDriveError(.notADrive, "\(source.name) is damaged: a folder of it has a broken entry")
            }
            records.append(record)
            position += record.length
        }
        return records
    }

    /// - Returns: `nil` for what is read in another place.
    private func entry(
        _ record: ISORecord,
        _ extents: [ISOExtent],
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> Entry? {
        guard volume.names == .rockRidge else {
            let name = volume.names == .joliet ? jolietName(record) : plainName(record)
            let kind = record.isFolder ? Kind.folder(extents[0]) : .file(extents)
            return Entry(name: try checked(name, source), kind: kind)
        }
        let rockRidge = try RockRidge(record.systemUse.dropFirst(volume.systemUseSkip), source)
        if rockRidge.isMovedHere { return nil }
        let name = rockRidge.name.map { String(decoding: $0, as: UTF8.self) } ?? plainName(record)
        let kind: Kind
        if let block = rockRidge.movedTo {
            kind = .folder(try movedFolder(block, source))
        } else if record.isFolder {
            kind = .folder(extents[0])
        } else {
            // S_IFMT and S_IFREG; a mode of 0 is that of tools which set none.
            let type = (rockRidge.mode ?? 0) & 0o170000
            let isFile = (type == 0o100000 || type == 0) && !rockRidge.isLink && !rockRidge.isEncoded
            kind = isFile ? .file(extents) : .other
        }
        return Entry(name: try checked(name, source), kind: kind)
    }

    /// A folder that Rock Ridge moved is known by its place alone; its own first record tells the size.
    private func movedFolder(
        _ block: Int,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> ISOExtent {
        let start = try source.bytes(at: block * ISOVolume.blockSize, count: ISOVolume.blockSize)
        guard let own = ISORecord(start[...]), own.isOwnOrParent else {
            throw ConfigDriveError(.notADrive, "\(source.name) is damaged: a moved folder of it is not there")
        }
        return ISOExtent(block: block, size: own.extent.size)
    }

    private func jolietName(_ record: ISORecord) -> String {
        let units = stride(from: record.identifier.startIndex, to: record.identifier.endIndex - 1, by: 2).map {
            UInt16(record.identifier[$0]) << 8 | UInt16(record.identifier[$0 + 1])
        }
        return withoutVersion(String(decoding: units, as: UTF16.self))
    }

    private func plainName(_ record: ISORecord) -> String {
        let name = withoutVersion(String(decoding: record.identifier, as: UTF8.self))
        return record.isFolder ? name : name.trimmed(".")
    }

    private func withoutVersion(_ name: String) -> String {
        guard let mark = name.lastIndex(of: ";"), name[mark...].dropFirst().allSatisfy(\.isNumber) else { return name }
        return String(name[..<mark])
    }

    private func checked(
        _ name: String,
        _ source: borrowing some ISOSource & ~Copyable
    ) throws(ConfigDriveError) -> String {
        if name.utf8.count > Self.longestName {
            throw ConfigDriveError(.notADrive, "\(source.name) has a name of more than \(Self.longestName) bytes")
        }
        if name.isEmpty || name == "." || name == ".." || name.utf8.contains(0x2F) || name.utf8.contains(0) {
            throw ConfigDriveError(
                .notADrive,
                "\(source.name) has a file with the name \(ConfigDriveError.quoted(name)), which no file can have"
            )
        }
        return name
    }
}
