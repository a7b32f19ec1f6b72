/// `nocloud`: cloud-init's own files at the root of the drive; cloudbase-init reads them too.
///
/// - `meta-data`: YAML. `instance-id` is the domain's UUID unless metadata gives another: a new one makes cloud-init
///   set up the guest anew.
/// - `user-data`: always there, as NoCloud demands, if empty.
/// - `vendor-data`, `network-config` (version 2): where there is something to say.
public struct NoCloudLayout: DriveLayout {
    public let name = "nocloud"
    public let defaultLabel = "cidata"

    public init() {}

    public func tree(
        _ contents: DriveContents,
        network: NetworkConfiguration?
    ) throws(ConfigDriveError) -> DriveTree {
        if let file = contents.otherFiles.first {
            throw ConfigDriveError(
                .badInput,
                "'\(file.directory)/\(file.filename)' of the VM data has no place on a drive of format 'nocloud'"
            )
        }
        var tree = DriveTree()
        try tree.add("meta-data", Array(YAMLText.encode(.mapping(metadata(contents))).utf8))
        try tree.add("user-data", contents.userData ?? [])
        if let vendorData = try VendorData(contents).file() { try tree.add("vendor-data", vendorData) }
        if let networkConfig = try network?.networkConfig() { try tree.add("network-config", networkConfig) }
        return tree
    }

    private func metadata(_ contents: DriveContents) -> [(String, YAMLValue)] {
        var members: [(String, YAMLValue)] = contents.wellKnown.sorted { $0.key < $1.key }
            .map { ($0.key, .string($0.value)) }
        if !contents.sshKeys.isEmpty {
            members.append((CloudStackName.publicKeys, .list(contents.sshKeys.map { .string($0.line) })))
        }
        if contents.servesWindows, let password = contents.password {
            members.append(("admin-password", .string(password.text)))
        }
        let metadata = contents.metadata.sorted { $0.key < $1.key }
        // As in meta_data.json, so that one template serves both formats.
        for (key, value) in metadata where !ReservedMetadata.names.contains(key) {
            members.append((key, .string(value)))
        }
        if !metadata.isEmpty { members.append(("meta", .mapping(metadata.map { ($0.key, .string($0.value)) }))) }
        return members
    }
}
