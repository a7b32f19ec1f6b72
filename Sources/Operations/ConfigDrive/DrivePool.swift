internal import DomainXML
package import LibvirtClient

/// A libvirt storage pool whose volumes are files.
package struct DrivePool {
    private let pool: StoragePool
    package let name: String
    package let folder: String

    /// - Throws: where there is no such pool, where it is not active, or where its volumes are no files.
    package init(_ name: String, _ connection: Connection, for what: String = "a config drive") throws {
        do throws(LibvirtError) { pool = try connection.storagePool(name) } catch {
            if error.code != .noStoragePool { throw error }
            throw OperationError(
                .badInput,
                "there is no storage pool '\(name)'; 'virsh pool-list --all' lists those there are"
            )
        }
        let summary = try StoragePoolSummary(try pool.xml())
        guard summary.hasFiles, let path = summary.path else {
            throw OperationError(
                .badInput,
                "storage pool \(name) is of type \(summary.type), whose volumes are no files; \(what) needs one of type "
                    + "dir, fs or netfs"
            )
        }
        guard try pool.isActive() else {
            throw OperationError(
                .badInput,
                "storage pool \(name) is not active; start it first (virsh pool-start \(name))"
            )
        }
        self.name = name
        folder = path
    }

    /// Has libvirt see what came or went.
    package func refresh() throws(LibvirtError) { try pool.refresh() }
}
