import Foundation
import Provisioning
import TestSupport

@testable import Provisioning

/// What the tests of images have in common.
enum Drives {
    /// A config drive as CloudStack lays it out, its user data linked.
    static func configDrive() throws -> DriveTree {
        var tree = DriveTree()
        try tree.add("openstack/latest/meta_data.json", Array(#"{"uuid": "8d5f"}"#.utf8))
        try tree.add("cloudstack/userdata/user_data.txt", Array(repeating: 0x41, count: 5000))
        try tree.link("openstack/latest/user_data", to: "cloudstack/userdata/user_data.txt")
        try tree.add("cloudstack/metadata/public-keys.txt", [])
        return tree
    }

    static func tree(_ files: [String: String]) throws -> DriveTree {
        var tree = DriveTree()
        for (path, text) in files.sorted(by: { $0.key < $1.key }) { try tree.add(path, Array(text.utf8)) }
        return tree
    }

    static func write(_ bytes: [UInt8], to file: URL) throws { try Data(bytes).write(to: file) }

    /// The error that `body` throws; `nil` where it throws none.
    static func complaint(_ body: () throws(ConfigDriveError) -> Void) -> ConfigDriveError? {
        do throws(ConfigDriveError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// The files of a tree by path, without regard to their order and to which of them are links.
    static func texts(_ tree: DriveTree) -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: tree.files.map { ($0.path, tree.contents[$0.content]) })
    }

    /// An image of the files in a folder, by one of the usual programs.
    static func foreign(_ command: [String], of files: [String: String], in folder: URL) throws -> URL {
        let source = folder.appending(path: "source")
        for (path, text) in files {
            let file = source.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        let image = folder.appending(path: "foreign.iso")
        let result = try Command.run(command + ["-o", image.path, source.path])
        if result.status != 0 { throw Command.Failed(result.errors) }
        return image
    }
}
