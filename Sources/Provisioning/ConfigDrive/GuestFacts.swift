/// What a drive takes from the domain itself.
public struct GuestFacts: Sendable, Equatable {
    public struct Interface: Sendable, Equatable {
        /// `xx:xx:xx:xx:xx:xx`, lower-case.
        public let mac: String
        /// `<mtu size>`, in bytes; `nil` where the domain leaves it to the network.
        public let mtu: Int?

        public init(mac: String, mtu: Int? = nil) {
            self.mac = mac.lowercased()
            self.mtu = mtu
        }
    }

    /// The domain's UUID, which is the guest's SMBIOS system UUID too: cloud-init knows an instance by it.
    public let uuid: String
    /// The domain's name; `nil` where a drive is built for no domain in particular.
    public let name: String?
    /// In the order of the domain; `nil` where no domain is known, so that nothing can be checked against it.
    public let interfaces: [Interface]?

    public init(uuid: String, name: String? = nil, interfaces: [Interface]? = nil) {
        self.uuid = uuid.lowercased()
        self.name = name
        self.interfaces = interfaces
    }
}
