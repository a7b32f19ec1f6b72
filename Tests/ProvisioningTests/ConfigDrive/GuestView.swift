import Foundation
import TestSupport
import Testing

@testable import Provisioning

/// What a guest makes of a drive, by `Tests/Support/read-drive`: the real cloud-init, and the rules of cloudbase-init.
struct GuestView {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    struct Password: Equatable {
        let user: String
        let password: String
        let isHashed: Bool
    }

    struct Part: Equatable {
        let type: String
        let content: [UInt8]
    }

    let cloudInit: [String: Any]
    let cloudbaseInit: [String: Any]

    /// How each reader refuses the drive.
    var errors: [String] { [cloudInit, cloudbaseInit].compactMap { $0["error"] as? String } }
    /// What cloud-init warned of.
    var complaints: [String] { cloudInit["complaints"] as? [String] ?? [] }
    var instanceID: String? { cloudInit["instanceID"] as? String }
    var hostname: String? { cloudInit["fqdn"] as? String }
    var keys: [String] { cloudInit["keys"] as? [String] ?? [] }
    var userData: [UInt8]? { (cloudInit["userData"] as? String).flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
    var metadata: [String: Any] { cloudInit["metadata"] as? [String: Any] ?? [:] }
    var config: [String: Any] { cloudInit["config"] as? [String: Any] ?? [:] }
    var version: Int? { cloudInit["version"] as? Int }
    /// Whose password would have to be changed at the first login.
    var expired: [String] { cloudInit["expired"] as? [String] ?? [] }
    var network: [String: Any]? { cloudInit["network"] as? [String: Any] }
    var vendorParts: [Part] { parts("vendorParts") }
    var userParts: [Part] { parts("userParts") }
    /// What cloud-init's module tells chpasswd.
    var passwords: [Password] {
        (cloudInit["passwords"] as? [[String: Any]] ?? []).compactMap { entry in
            guard let user = entry["user"] as? String, let password = entry["password"] as? String,
                let isHashed = entry["hashed"] as? Bool
            else { return nil }
            return Password(user: user, password: password, isHashed: isHashed)
        }
    }

    private func parts(_ name: String) -> [Part] {
        (cloudInit[name] as? [[String: Any]] ?? []).compactMap { entry in
            guard let type = entry["type"] as? String, let text = entry["base64"] as? String,
                let content = Data(base64Encoded: text)
            else { return nil }
            return Part(type: type, content: Array(content))
        }
    }

    /// Reads all drives in one run, since most of its time goes into starting.
    ///
    /// - Parameter asImages: through ISO images, rather than through folders.
    static func read(_ trees: [DriveTree], isNoCloud: Bool, asImages: Bool = false) throws -> [GuestView] {
        try withFolder { folder in
            var arguments = [Fixtures.directory.appending(path: "../Support/read-drive").path]
            if isNoCloud { arguments.append("--nocloud") }
            for (index, tree) in trees.enumerated() {
                let drive = folder.appending(path: "drive-\(index)")
                if asImages {
                    let label = isNoCloud ? "cidata" : "config-2"
                    try Data(ISOWriter.image(of: tree, label: label, date: 0)).write(to: drive)
                } else {
                    try tree.write(below: drive)
                }
                arguments.append(drive.path)
            }
            let run = try Command.run(arguments)
            if run.status != 0 { throw Failed(description: "read-drive: exit \(run.status): \(run.errors)") }
            let views = try run.output.split(separator: "\n").map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: [String: Any]]
                return GuestView(cloudInit: object?["cloudInit"] ?? [:], cloudbaseInit: object?["cloudbaseInit"] ?? [:])
            }
            if views.count != trees.count {
                throw Failed(description: "read-drive: \(views.count) of \(trees.count) drives")
            }
            return views
        }
    }
}

extension DriveTree {
    func write(below folder: URL) throws {
        for file in files {
            let url = folder.appending(path: file.path)
            let parent = url.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data(contents[file.content]).write(to: url)
        }
    }

    /// The file as text; `nil` where there is none.
    func text(_ path: String) -> String? { self[path].map { String(decoding: $0, as: UTF8.self) } }

    var paths: [String] { files.map(\.path) }
}
