/// `configdrive`: CloudStack's tree and OpenStack's on one drive, so that the guest scripts of the one, and cloud-init
/// and cloudbase-init for the other, each find what they know.
///
/// - `cloudstack/{userdata,metadata,password}/<name>.txt`, as CloudStack's `ConfigDriveBuilder` names them.
/// - `openstack/<version>/…` and `ec2/<version>/…`, as nova names them, the same content in each version. cloud-init
///   takes the newest version that it knows, cloudbase-init only `latest`.
///
/// There is no file where there is nothing to say.
public struct ConfigDriveLayout: DriveLayout {
    public let name = "configdrive"
    public let defaultLabel = "config-2"

    public init() {}

    public func tree(
        _ contents: DriveContents,
        network: NetworkConfiguration?
    ) throws(ConfigDriveError) -> DriveTree {
        var tree = DriveTree()
        try CloudStackFiles(contents).add(to: &tree)
        let userData = contents.userData == nil ? nil : CloudStackFiles.userDataPath
        try OpenStackFiles(contents, network: network, userData: userData).add(to: &tree)
        try EC2Files(contents, userData: userData).add(to: &tree)
        return tree
    }
}
