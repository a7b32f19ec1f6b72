internal import CLibvirt
internal import CLibvirtLoader
internal import Glibc

/// A connection to a hypervisor, open as long as the value lives.
///
/// Not `Sendable`: libvirt keeps the error of a call in its thread.
public final class Connection {
    let pointer: OpaquePointer

    /// Opens a connection that may change guests, asking for credentials on the terminal where the URI needs some.
    ///
    /// - Parameter uri: as `virsh --connect` takes it; `nil` for libvirt's own default, which is `$LIBVIRT_DEFAULT_URI`,
    ///   then what `libvirt.conf` says, then the first driver that answers.
    /// - Throws: ``LibvirtError``.
    public init(_ uri: String?) throws(LibvirtError) {
        try Self.loadLibrary()
        hostler_virSilence()
        guard let opened = hostler_virConnectOpen(uri) else { throw .last("connecting") }
        pointer = opened
    }

    deinit { virConnectClose(pointer) }

    /// Loads libvirt's client library, which is not linked: most of what a command costs would be its start.
    static func loadLibrary() throws(LibvirtError) {
        guard let problem = hostler_virLoad() else { return }
        throw LibvirtError(
            LibvirtError.Code(rawValue: VIR_ERR_NO_SUPPORT.rawValue),
            "libvirt's client library cannot be loaded (Debian: libvirt0): \(String(cString: problem))"
        )
    }

    /// The URI in its full form, also where none was given.
    public func uri() throws(LibvirtError) -> String {
        guard let text = virConnectGetURI(pointer) else { throw .last("asking for the URI") }
        return Self.take(text)
    }

    /// The name of the host that guests run on, as that host sees it.
    public func hostname() throws(LibvirtError) -> String {
        guard let text = virConnectGetHostname(pointer) else { throw .last("asking for the host's name") }
        return Self.take(text)
    }

    /// The version of the daemon's libvirt, which is not always that of the library here.
    public func libvirtVersion() throws(LibvirtError) -> Version {
        var number: UInt = 0
        guard virConnectGetLibVersion(pointer, &number) == 0 else { throw .last("asking for libvirt's version") }
        return Version(number)
    }

    /// The version of QEMU, or of whatever runs the guests.
    public func hypervisorVersion() throws(LibvirtError) -> Version {
        var number: UInt = 0
        guard virConnectGetVersion(pointer, &number) == 0 else { throw .last("asking for the hypervisor's version") }
        return Version(number)
    }

    /// Finds a guest as virsh does: by name, then by UUID, then by the id of a running one.
    ///
    /// - Throws: ``LibvirtError/Code-swift.struct/noDomain`` where there is none.
    public func domain(_ key: String) throws(LibvirtError) -> Domain {
        if let found = virDomainLookupByName(pointer, key) { return Domain(found, of: self) }
        let error = LibvirtError.last("looking for the guest")
        // Anything else than "there is none" would only be hidden by asking again.
        guard error.code == .noDomain else { throw error }
        if let found = virDomainLookupByUUIDString(pointer, key) { return Domain(found, of: self) }
        if let id = Int32(key), id >= 0, let found = virDomainLookupByID(pointer, id) { return Domain(found, of: self) }
        throw error
    }

    /// Finds a guest by its UUID alone: another one may be called like that.
    ///
    /// - Throws: ``LibvirtError/Code-swift.struct/noDomain`` where there is none.
    public func domain(uuid: String) throws(LibvirtError) -> Domain {
        guard let found = virDomainLookupByUUIDString(pointer, uuid) else { throw .last("looking for the guest") }
        return Domain(found, of: self)
    }

    /// All guests, running or not, by name.
    public func domains() throws(LibvirtError) -> [Domain] {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = virConnectListAllDomains(pointer, &list, 0)
        guard count >= 0 else { throw .last("listing guests") }
        defer { free(list) }
        let all = UnsafeBufferPointer(start: list, count: Int(count)).compactMap { $0 }.map { Domain($0, of: self) }
        return try Self.sorted(all)
    }

    /// All guests with what they do. One that goes away meanwhile is left out.
    public func entries() throws(LibvirtError) -> [DomainEntry] {
        var entries: [DomainEntry] = []
        for domain in try domains() {
            do throws(LibvirtError) {
                entries.append(
                    DomainEntry(
                        uuid: try domain.uuid(),
                        name: try domain.name(),
                        status: try domain.status(),
                        isPersistent: try domain.isPersistent()
                    )
                )
            } catch {
                if error.code != .noDomain { throw error }
            }
        }
        return entries
    }

    public func node() throws(LibvirtError) -> NodeInfo {
        var info = virNodeInfo()
        guard virNodeGetInfo(pointer, &info) == 0 else { throw .last("asking about the host") }
        let model = withUnsafeBytes(of: info.model) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return NodeInfo(
            cpus: Int(info.cpus),
            cpuSpeed: Int(info.mhz),
            memory: Int64(info.memory) * 1024,
            model: model
        )
    }

    /// Gives `xml` to libvirt as the persistent definition of the guest that it names.
    public func define(_ xml: [UInt8]) throws(LibvirtError) -> Domain {
        guard let defined = virDomainDefineXMLFlags(pointer, String(decoding: xml, as: UTF8.self), 0) else {
            throw .last("defining the guest")
        }
        return Domain(defined, of: self)
    }

    /// Starts the guest that `xml` describes, this once: a persistent definition of the same guest stays as it is.
    public func create(_ xml: [UInt8], paused: Bool) throws(LibvirtError) -> Domain {
        let flags = paused ? VIR_DOMAIN_START_PAUSED.rawValue : VIR_DOMAIN_NONE.rawValue
        guard let created = virDomainCreateXML(pointer, String(decoding: xml, as: UTF8.self), flags) else {
            throw .last("starting the guest")
        }
        return Domain(created, of: self)
    }

    /// Finds a storage pool by its name.
    ///
    /// - Throws: ``LibvirtError/Code-swift.struct/noStoragePool`` where there is none.
    public func storagePool(_ name: String) throws(LibvirtError) -> StoragePool {
        guard let found = virStoragePoolLookupByName(pointer, name) else { throw .last("looking for the storage pool") }
        return StoragePool(found, of: self)
    }

    /// Copies a string that libvirt gave to us, and frees it.
    static func take(_ text: UnsafeMutablePointer<CChar>) -> String {
        defer { free(text) }
        return String(cString: text)
    }

    private static func sorted(_ domains: [Domain]) throws(LibvirtError) -> [Domain] {
        var named: [(name: String, domain: Domain)] = []
        for domain in domains { named.append((try domain.name(), domain)) }
        return named.sorted { $0.name < $1.name }.map(\.domain)
    }
}
