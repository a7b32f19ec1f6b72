internal import DomainXML
internal import Glibc
package import LibvirtClient

/// A folder that templates are kept in.
package struct TemplatePlace: Equatable, Sendable {
    package let folder: String
    /// The libvirt storage pool that the folder is of, where it was named.
    package let pool: String?

    /// - Parameter folder: may lead through links; it is known by where it leads to.
    package init(folder: String, pool: String? = nil) {
        self.folder = Self.resolved(folder)
        self.pool = pool
    }

    /// As far as it is there: one that is made later is the same.
    private static func resolved(_ folder: String) -> String {
        if let found = Files.resolved(folder) { return found }
        var path = folder[...]
        while path.count > 1 && path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return String(path) }
        let parent = resolved(String(path[..<slash]))
        return (parent == "/" ? "" : parent) + path[slash...]
    }

    /// Where libvirt's own tools put images of `qemu:///system` unless told otherwise, and where the engine puts disks.
    package static var system: TemplatePlace { TemplatePlace(folder: DomainArtefact.templateFolder) }

    /// The same for whoever runs this.
    package static var usual: TemplatePlace {
        if geteuid() == 0 { return system }
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        return TemplatePlace(folder: home + "/.local/share/libvirt/images")
    }

    /// - Parameters:
    ///   - text: the name of a storage pool, or the absolute path of a folder; `nil` for the usual folder.
    ///   - connect: to ask for a pool.
    /// - Throws: where there is no such folder or pool.
    package init(_ text: String?, connect: () throws -> Connection) throws {
        guard let text else {
            self = .usual
            if !Files.isDirectory(folder) {
                throw OperationError(
                    .badInput,
                    "there is no folder \(folder), which templates are put into unless a pool is named; make it, or name one"
                )
            }
            return
        }
        if text.hasPrefix("/") {
            if !Files.isDirectory(text) {
                throw OperationError(.badInput, "there is no folder '\(text)' to put templates into; make it first")
            }
            self.init(folder: text)
            return
        }
        let pool = try DrivePool(text, connect(), for: "a template")
        self.init(folder: pool.folder, pool: pool.name)
    }
}
