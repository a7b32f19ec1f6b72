internal import FoundationEssentials

/// What a guest is to be given by its drive: plain input, as it came from the command line and as a state store keeps
/// it.
///
/// Nothing is checked here; ``DriveContents`` does, before anything is built. Coded as an object whose members may all
/// be missing, with bytes in base64, so that what an older release has stored can still be read.
public struct ConfigDriveData: Sendable, Equatable, Codable {
    /// Where the guest's network configuration comes from.
    public enum Network: Sendable, Equatable {
        /// The drive says nothing of the network; cloud-init then asks for DHCP on the first interface.
        case none
        /// Made from the interfaces of the domain.
        case auto
        /// The text of a file that the user gives.
        case file([UInt8])
    }

    /// Any bytes: a script, cloud-config, MIME, or any of these compressed with gzip. Given to the guest as they are.
    public var userData: [UInt8]?
    /// As ``userData``, for the provider's part; what the user data says wins over it.
    public var vendorData: [UInt8]?
    /// Lines of an `authorized_keys` file, one key each.
    public var sshKeys: [String]
    /// `key=value`, as `nova boot --meta` takes them; CloudStack's own names go to their own places.
    public var metadata: [String: String]
    /// What CloudStack's agent is sent for a virtual machine.
    public var vmData: [VMDataItem]
    /// For the guest's default user (`Administrator` on Windows), literally.
    public var password: String?
    public var network: Network
    /// The volume label; `nil` for that of the layout.
    public var label: String?
    /// The guest's own name; `nil` for the domain's name, where that is a valid host name.
    public var hostname: String?
    /// `true`: cloudbase-init reads the drive. `false`: it does not, so the password is not put where only
    /// cloudbase-init looks; cloud-init copies some of these places into a file that every user of the guest may read.
    /// `nil`: not known, so the drive serves both.
    public var isWindows: Bool?

    public init(
        userData: [UInt8]? = nil,
        vendorData: [UInt8]? = nil,
        sshKeys: [String] = [],
        metadata: [String: String] = [:],
        vmData: [VMDataItem] = [],
        password: String? = nil,
        network: Network = .none,
        label: String? = nil,
        hostname: String? = nil,
        isWindows: Bool? = nil
    ) {
        self.userData = userData
        self.vendorData = vendorData
        self.sshKeys = sshKeys
        self.metadata = metadata
        self.vmData = vmData
        self.password = password
        self.network = network
        self.label = label
        self.hostname = hostname
        self.isWindows = isWindows
    }

    private enum CodingKeys: String, CodingKey {
        case userData, vendorData, sshKeys, metadata, vmData, password, network, networkFile, label, hostname, isWindows
    }

    /// - Throws: `DecodingError` where a member has the wrong type, or names a network source that is not known.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        userData = try values.decodeIfPresent(Data.self, forKey: .userData).map { Array($0) }
        vendorData = try values.decodeIfPresent(Data.self, forKey: .vendorData).map { Array($0) }
        sshKeys = try values.decodeIfPresent([String].self, forKey: .sshKeys) ?? []
        metadata = try values.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
        vmData = try values.decodeIfPresent([VMDataItem].self, forKey: .vmData) ?? []
        password = try values.decodeIfPresent(String.self, forKey: .password)
        label = try values.decodeIfPresent(String.self, forKey: .label)
        hostname = try values.decodeIfPresent(String.self, forKey: .hostname)
        isWindows = try values.decodeIfPresent(Bool.self, forKey: .isWindows)
        switch try values.decodeIfPresent(String.self, forKey: .network) {
        case nil, "none": network = .none
        case "auto": network = .auto
        case "file": network = .file(Array(try values.decode(Data.self, forKey: .networkFile)))
        case let other?:
            throw DecodingError.dataCorruptedError(
                forKey: .network,
                in: values,
                debugDescription: "'\(DisplayURL.printable(other))' is not a source of network configuration"
            )
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(userData.map { Data($0) }, forKey: .userData)
        try values.encodeIfPresent(vendorData.map { Data($0) }, forKey: .vendorData)
        if !sshKeys.isEmpty { try values.encode(sshKeys, forKey: .sshKeys) }
        if !metadata.isEmpty { try values.encode(metadata, forKey: .metadata) }
        if !vmData.isEmpty { try values.encode(vmData, forKey: .vmData) }
        try values.encodeIfPresent(password, forKey: .password)
        try values.encodeIfPresent(label, forKey: .label)
        try values.encodeIfPresent(hostname, forKey: .hostname)
        try values.encodeIfPresent(isWindows, forKey: .isWindows)
        switch network {
        case .none: break
        case .auto: try values.encode("auto", forKey: .network)
        case .file(let text):
            try values.encode("file", forKey: .network)
            try values.encode(Data(text), forKey: .networkFile)
        }
    }
}
