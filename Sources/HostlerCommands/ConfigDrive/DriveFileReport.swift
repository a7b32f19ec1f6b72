internal import Provisioning

/// What `inspect` says of an ISO.
struct DriveFileReport: Encodable {
    struct File: Encodable {
        let path: String
        /// In bytes.
        let size: Int
        /// The path that it is a hard link of.
        let linkTo: String?
        let secret: Bool
        /// What may be shown of it.
        let text: String?
    }

    let label: String
    let files: [File]
    /// What is neither a file nor a folder.
    let skipped: [String]

    init(_ image: DriveImage) {
        label = image.label
        skipped = image.skipped
        files = DriveListing(image.tree).entries.map {
            File(path: $0.path, size: $0.size, linkTo: $0.linkedTo, secret: $0.isSecret, text: $0.text)
        }
    }

    var text: String {
        var lines = ["label \(label), \(files.count) files"]
        let width = files.map { String($0.size).count }.max() ?? 0
        // Each content once: OpenStack's versions would else fill two screens with the same.
        for file in files where file.linkTo == nil {
            let size = String(repeating: " ", count: width - String(file.size).count) + String(file.size)
            let links = files.filter { $0.linkTo == file.path }.map(\.path)
            let more = links.count > 1 ? " and \(links.count - 1) more" : ""
            let notes = (links.first.map { ["linked as \($0)\(more)"] } ?? []) + (file.secret ? ["hidden"] : [])
            lines.append("  \(size)  \(file.path)\(notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")")
        }
        for file in files {
            guard let text = file.text, !text.isEmpty, text != "{}" else { continue }
            lines.append("\(file.path):")
            lines += text.split(whereSeparator: \.isNewline).map { "  " + $0 }
        }
        lines += skipped.map { "not read, since it is neither a file nor a folder: \($0)" }
        return lines.map { Terminal.oneLine($0) + "\n" }.joined()
    }
}
