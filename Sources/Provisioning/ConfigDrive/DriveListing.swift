internal import FoundationEssentials
internal import Yams

/// What is on a drive, as it may be shown: with the contents of files that hold no secret.
///
/// Goes by the paths of the layouts, so that it serves a drive read back from an image as well.
public struct DriveListing: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public let path: String
        /// In bytes.
        public let size: Int
        /// The path of the earlier file that has the same content, as a hard link has.
        public let linkedTo: String?
        /// Whether the file holds, or may hold, what not everybody may see: a password, or whatever a user put into
        /// user data, vendor data or a file of his own.
        public let isSecret: Bool
        /// The content as text; `nil` for a secret file, a link, or what is not text. Of a secret file of metadata,
        /// everything but the password.
        public let text: String?
    }

    /// In the order of the drive.
    public let entries: [Entry]

    public init(_ tree: DriveTree) {
        var first: [Int: String] = [:]
        entries = tree.files.map { file in
            let bytes = tree.contents[file.content]
            let owner = first[file.content]
            if owner == nil { first[file.content] = file.path }
            let secrecy = Secrecy(file.path, bytes)
            return Entry(
                path: file.path,
                size: bytes.count,
                linkedTo: owner,
                isSecret: secrecy.isSecret,
                text: owner == nil ? secrecy.text : nil
            )
        }
    }

    private struct Secrecy {
        var isSecret = false
        var text: String?

        private static let hidden = "(hidden)"

        init(_ path: String, _ bytes: [UInt8]) {
            let components = path.split(separator: "/").map(String.init)
            let name = components.last ?? ""
            switch (components.first, name) {
            case ("openstack", "meta_data.json"): hideJSON(bytes)
            case (_, "meta-data") where components.count == 1: hideYAML(bytes)
            case ("openstack", "vendor_data.json"):
                // Where there is neither vendor data nor a password, there is nothing to hide.
                isSecret = bytes != Array("{}".utf8)
                if !isSecret { text = "{}" }
            case ("openstack", "network_data.json"), ("ec2", "meta-data.json"), (_, "network-config"):
                text = String(validating: bytes, as: UTF8.self)
            case ("cloudstack", _) where components.count == 3 && components[1] == CloudStackName.metadataFolder:
                text = String(validating: bytes, as: UTF8.self)
            default: isSecret = !bytes.isEmpty
            }
        }

        private mutating func hideJSON(_ bytes: [UInt8]) {
            guard var members = try? JSONDecoder().decode([String: JSONValue].self, from: Data(bytes)) else {
                isSecret = true
                return
            }
            if members["admin_pass"] != nil {
                isSecret = true
                members["admin_pass"] = .string(Self.hidden)
            }
            text = (try? JSONText.encode(.object(members))).map { String(decoding: $0, as: UTF8.self) }
        }

        private mutating func hideYAML(_ bytes: [UInt8]) {
            guard let source = String(validating: bytes, as: UTF8.self),
                var node = (try? Yams.compose(yaml: source)) ?? nil
            else {
                isSecret = true
                return
            }
            if node["admin-password"] != nil {
                isSecret = true
                node["admin-password"] = Node(Self.hidden)
            }
            text = try? Yams.serialize(node: node, width: -1, allowUnicode: true)
        }
    }
}
