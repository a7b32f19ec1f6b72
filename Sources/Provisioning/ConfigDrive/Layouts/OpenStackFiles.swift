/// `openstack/<version>/`, as nova makes it (`nova/api/metadata/base.py`).
struct OpenStackFiles {
    /// The first, those that brought a file, and the newest that cloud-init asks for; readers take the newest that they
    /// know. The versions between would only make the drive larger.
    static let versions = [
        "2012-08-10", "2013-10-17", "2015-10-15", "2018-08-27",
    ]
    private static let vendorDataSince = "2013-10-17"
    private static let networkDataSince = "2015-10-15"

    private let contents: DriveContents
    private let network: NetworkConfiguration?
    private let userData: String?

    /// - Parameter userData: the path of the user data on the drive, where there is any.
    init(_ contents: DriveContents, network: NetworkConfiguration?, userData: String?) {
        self.contents = contents
        self.network = network
        self.userData = userData
    }

    func add(to tree: inout DriveTree) throws(ConfigDriveError) {
        let latest = "openstack/latest"
        try tree.add("\(latest)/meta_data.json", JSONText.encode(.object(metadata)))
        try tree.add("\(latest)/vendor_data.json", JSONText.encode(VendorData(contents).json()))
        let networkData = try network?.networkData()
        if let networkData { try tree.add("\(latest)/network_data.json", networkData) }
        if let userData { try tree.link("\(latest)/user_data", to: userData) }
        for version in Self.versions {
            var names = ["meta_data.json"]
            if version >= Self.vendorDataSince { names.append("vendor_data.json") }
            if version >= Self.networkDataSince, networkData != nil { names.append("network_data.json") }
            if userData != nil { names.append("user_data") }
            for name in names { try tree.link("openstack/\(version)/\(name)", to: "\(latest)/\(name)") }
        }
    }

    /// `meta_data.json`.
    private var metadata: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        // Where templates look, `{{ ds.meta_data.<name> }}`: that is how CloudStack passes parameters of user data.
        for (key, value) in contents.metadata where !ReservedMetadata.names.contains(key) {
            members[key] = .string(value)
        }
        for key in ["cloud-name", "cloud-domain", "cloud-domain-id", "hypervisor-host-name"] {
            members[key] = contents.wellKnown[key].map(JSONValue.string)
        }
        members["uuid"] = .string(contents.guest.uuid)
        members["name"] = (contents.wellKnown["public-hostname"] ?? contents.guest.name ?? contents.hostname)
            .map(JSONValue.string)
        members["hostname"] = contents.hostname.map(JSONValue.string)
        members["availability_zone"] = contents.wellKnown["availability-zone"].map(JSONValue.string)
        members["launch_index"] = .int(0)
        if !contents.metadata.isEmpty { members["meta"] = .object(contents.metadata.mapValues(JSONValue.string)) }
        if !contents.sshKeys.isEmpty {
            let keys = contents.namedKeys
            // A string for each name: cloudbase-init fails on the lists that cloud-init would take as well.
            members["public_keys"] = .object(
                Dictionary(uniqueKeysWithValues: keys.map { ($0.name, .string($0.key.line)) })
            )
            members["keys"] = .list(
                keys.map { ["name": .string($0.name), "type": .string("ssh"), "data": .string($0.key.line)] }
                    .map(JSONValue.object)
            )
        }
        // The one place where cloudbase-init looks for it, unless `meta` has another.
        if contents.servesWindows { members["admin_pass"] = contents.password.map { .string($0.text) } }
        return members
    }
}

/// Names at the top of the metadata that mean something to cloud-init or cloudbase-init, so that metadata of the user's
/// own with such a name stands only below `meta`.
enum ReservedMetadata {
    static let names: Set<String> = [
        "admin-password", "admin-username", "admin_pass", "availability-zone", "availability_zone",
        "block-device-mapping",
        "dedicated_cpus", "devices", "dsmode", "files", "hostname", "instance-id", "keys", "launch-index",
        "launch_index",
        "local-hostname", "meta", "name", "network-interfaces", "network_config", "placement", "project_id",
        "public-keys",
        "public_keys", "random_seed", "region", "seedfrom", "user-data", "user_data", "uuid", "vendor-data",
        "vendor_data",
    ]
}

extension DriveContents {
    /// The keys under names of their own: their comments, numbered where two are the same.
    var namedKeys: [(name: String, key: SSHPublicKey)] {
        var taken: Set<String> = []
        return sshKeys.map { key in
            let base = key.comment.isEmpty ? "key" : key.comment
            var name = base
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(base)-\(number)"
                number += 1
            }
            return (name, key)
        }
    }
}
