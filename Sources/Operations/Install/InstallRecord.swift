internal import Glibc

/// What `install` made for one contract, so that `uninstall` takes away that and nothing else.
///
/// A file `/var/lib/hostler/install/<contract>` of lines `link PATH`, `hook PATH` (where the link leads) and
/// `directory PATH`, in the order they were made.
package struct InstallRecord: Equatable {
    package static let directory = "/var/lib/hostler/install"

    package var link: String?
    /// What `link` leads to: a link that leads elsewhere by now is somebody else's.
    package var hook: String?
    /// Outer ones first.
    package var directories: [String] = []

    package init(link: String? = nil, hook: String? = nil, directories: [String] = []) {
        self.link = link
        self.hook = hook
        self.directories = directories
    }

    /// - Throws: a failure for a line that is not ours: guessing here would delete somebody's files.
    package init(_ text: String, path: String) throws(OperationError) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[1].hasPrefix("/") else {
                throw OperationError(.failure, "\(path) has a line that is not Hostler's: '\(line.prefix(80))'")
            }
            switch parts[0] {
            case "link": link = String(parts[1])
            case "hook": hook = String(parts[1])
            case "directory": directories.append(String(parts[1]))
            default: throw OperationError(.failure, "\(path) has a line that is not Hostler's: '\(line.prefix(80))'")
            }
        }
    }

    /// `nil` where `contract` is not installed, or not by us.
    package static func of(_ contract: HookContract, _ files: FileSystem) throws -> InstallRecord? {
        let path = files.place(self.path(contract))
        guard let text = try Files.text(path) else { return nil }
        return try InstallRecord(text, path: path)
    }

    /// Whether a link that leads to `target` is Hostler's.
    package static func owns(_ target: String, _ record: InstallRecord?) -> Bool {
        target == record?.hook || target.hasSuffix("/hostler-hook")
    }

    package static func path(_ contract: HookContract) -> String { directory + "/" + contract.name }

    package var text: String {
        (link.map { "link \($0)\n" } ?? "") + (hook.map { "hook \($0)\n" } ?? "")
            + directories.map { "directory \($0)\n" }.joined()
    }
}
