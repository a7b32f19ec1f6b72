internal import CLibvirt
internal import CLibvirtLoader

/// A guest that libvirt knows.
public final class Domain {
    let pointer: OpaquePointer
    /// A guest is of no use without its connection.
    private let connection: Connection

    /// Takes over the reference that libvirt gave with `pointer`.
    init(_ pointer: OpaquePointer, of connection: Connection) {
        self.pointer = pointer
        self.connection = connection
    }

    deinit { virDomainFree(pointer) }

    public func name() throws(LibvirtError) -> String {
        guard let text = virDomainGetName(pointer) else { throw .last("asking for the guest's name") }
        return String(cString: text)
    }

    public func uuid() throws(LibvirtError) -> String {
        var text = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
        guard virDomainGetUUIDString(pointer, &text) == 0 else { throw .last("asking for the guest's UUID") }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it runs or is paused.
    public func isActive() throws(LibvirtError) -> Bool {
        try answer(virDomainIsActive(pointer), "asking whether the guest runs")
    }

    /// Whether a definition of it stays when it is shut down.
    public func isPersistent() throws(LibvirtError) -> Bool {
        try answer(virDomainIsPersistent(pointer), "asking whether the guest is persistent")
    }

    /// Whether its next start would restore a saved state instead of booting.
    public func hasManagedSave() throws(LibvirtError) -> Bool {
        try answer(virDomainHasManagedSaveImage(pointer, 0), "asking for a saved state")
    }

    public func state() throws(LibvirtError) -> DomainState {
        var state: Int32 = 0
        var reason: Int32 = 0
        guard virDomainGetState(pointer, &state, &reason, 0) == 0 else { throw .last("asking for the guest's state") }
        return DomainState(state: state, reason: reason)
    }

    /// Its XML.
    ///
    /// - Parameters:
    ///   - inactive: what the next start uses, also while the guest runs.
    ///   - secure: with the passwords in it. Never show that to anyone.
    public func xml(inactive: Bool, secure: Bool) throws(LibvirtError) -> [UInt8] {
        var flags: UInt32 = 0
        if inactive { flags |= VIR_DOMAIN_XML_INACTIVE.rawValue }
        if secure { flags |= VIR_DOMAIN_XML_SECURE.rawValue }
        guard let text = virDomainGetXMLDesc(pointer, flags) else { throw .last("reading the guest's XML") }
        return Array(Connection.take(text).utf8)
    }

    /// Starts it from its persistent definition, or from its saved state where it has one.
    public func create(paused: Bool) throws(LibvirtError) {
        let flags = paused ? VIR_DOMAIN_START_PAUSED.rawValue : VIR_DOMAIN_NONE.rawValue
        guard virDomainCreateWithFlags(pointer, flags) == 0 else { throw .last("starting the guest") }
    }

    /// Makes a device of the running guest what `xml` says, which for a cdrom is its medium.
    ///
    /// - Parameter force: also where the guest has locked the tray, as Linux does with a disc that is mounted.
    public func updateDevice(_ xml: [UInt8], force: Bool) throws(LibvirtError) {
        var flags = VIR_DOMAIN_AFFECT_LIVE.rawValue
        if force { flags |= VIR_DOMAIN_DEVICE_MODIFY_FORCE.rawValue }
        guard virDomainUpdateDeviceFlags(pointer, String(decoding: xml, as: UTF8.self), flags) == 0 else {
            throw .last("changing a device of the guest")
        }
    }

    /// Opens the tray of the running guest's drive `alias` at QEMU itself, by force.
    ///
    /// libvirt does it before each change of a medium, unless it takes the tray to be open already; and so it does for
    /// ever once the guest has reset the drive's bus while the tray was open, which closes it and tells nobody.
    ///
    /// - Parameter alias: of the device, without quotes or backslashes.
    /// - Returns: whether QEMU was asked; libvirt refuses to do so where guests are not its own, over the network for one.
    public func openTray(_ alias: String) -> Bool {
        let command = #"{"execute":"blockdev-open-tray","arguments":{"id":"\#(alias)","force":true}}"#
        return hostler_virMonitorCommand(pointer, command) == 0
    }

    private func answer(_ value: Int32, _ action: String) throws(LibvirtError) -> Bool {
        guard value >= 0 else { throw .last(action) }
        return value == 1
    }
}
