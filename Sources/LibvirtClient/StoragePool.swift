internal import CLibvirt
internal import CLibvirtLoader

/// A storage pool that libvirt knows.
public final class StoragePool {
    private let pointer: OpaquePointer
    /// A pool is of no use without its connection.
    private let connection: Connection

    /// Takes over the reference that libvirt gave with `pointer`.
    init(_ pointer: OpaquePointer, of connection: Connection) {
        self.pointer = pointer
        self.connection = connection
    }

    deinit { virStoragePoolFree(pointer) }

    /// Whether it is started, so that its volumes can be used.
    public func isActive() throws(LibvirtError) -> Bool {
        let answer = virStoragePoolIsActive(pointer)
        guard answer >= 0 else { throw .last("asking whether the storage pool is active") }
        return answer == 1
    }

    /// Has libvirt look for volumes that came or went.
    public func refresh() throws(LibvirtError) {
        guard virStoragePoolRefresh(pointer, 0) == 0 else { throw .last("refreshing the storage pool") }
    }

    public func xml() throws(LibvirtError) -> [UInt8] {
        guard let text = virStoragePoolGetXMLDesc(pointer, 0) else { throw .last("reading the storage pool's XML") }
        return Array(Connection.take(text).utf8)
    }
}
