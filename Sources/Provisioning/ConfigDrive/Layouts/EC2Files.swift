/// `ec2/<version>/`, in the two versions that nova writes, with the members of `meta-data.json` that there is a value
/// for.
struct EC2Files {
    private let contents: DriveContents
    private let userData: String?

    /// - Parameter userData: the path of the user data on the drive, where there is any.
    init(_ contents: DriveContents, userData: String?) {
        self.contents = contents
        self.userData = userData
    }

    func add(to tree: inout DriveTree) throws(ConfigDriveError) {
        try tree.add("ec2/latest/meta-data.json", JSONText.encode(.object(metadata)))
        try tree.link("ec2/2009-04-04/meta-data.json", to: "ec2/latest/meta-data.json")
        if let userData {
            try tree.link("ec2/latest/user-data", to: userData)
            try tree.link("ec2/2009-04-04/user-data", to: userData)
        }
    }

    private var metadata: [String: JSONValue] {
        let known = contents.wellKnown
        var members: [String: JSONValue] = ["ami-launch-index": .int(0), "instance-action": .string("none")]
        members["instance-id"] = known["instance-id"].map(JSONValue.string)
        members["hostname"] = contents.hostname.map(JSONValue.string)
        members["local-hostname"] = contents.hostname.map(JSONValue.string)
        members["public-hostname"] = (known["public-hostname"] ?? contents.hostname).map(JSONValue.string)
        members["local-ipv4"] = known["local-ipv4"].map(JSONValue.string)
        members["public-ipv4"] = known["public-ipv4"].map(JSONValue.string)
        members["instance-type"] = known["service-offering"].map(JSONValue.string)
        members["placement"] = known["availability-zone"].map { .object(["availability-zone": .string($0)]) }
        if !contents.sshKeys.isEmpty {
            let keys = contents.sshKeys.enumerated().map {
                (String($0.offset), JSONValue.object(["openssh-key": .string($0.element.line)]))
            }
            members["public-keys"] = .object(Dictionary(uniqueKeysWithValues: keys))
        }
        return members
    }
}
