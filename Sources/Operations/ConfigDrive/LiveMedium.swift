internal import DomainXML
internal import Glibc
internal import LibvirtClient

/// The disc in a running guest's drive.
package struct LiveMedium {
    private static let role = "configdrive"

    /// The file that is in; `nil` for an empty drive.
    package let path: String?
    private let live: [UInt8]

    /// - Parameter live: the running guest's XML.
    /// - Returns: `nil` where it runs without a drive of ours.
    package init?(_ live: [UInt8]) throws {
        guard let drive = try DomainTransformer.inspect(live).devices.first(where: { $0.role == Self.role }) else {
            return nil
        }
        path = drive.source.isEmpty ? nil : drive.source
        self.live = live
    }

    /// Takes the disc out and puts the file at `path` in: QEMU reads on in the old file otherwise, which is gone but for
    /// that, and libvirt does nothing where the path stays the same (`qemuDomainChangeDiskLive`).
    package func change(_ guest: Guest, to path: String) throws {
        guard let empty = try DomainTransformer.medium(of: Self.role, in: live, path: nil),
            let full = try DomainTransformer.medium(of: Self.role, in: live, path: path)
        else { return }
        // By force: a guest that has it mounted has locked the tray.
        do throws(LibvirtError) {
            if self.path != nil {
                try Self.insist(guest) { () throws(LibvirtError) in try guest.domain.updateDevice(empty, force: true) }
            }
            try Self.insist(guest) { () throws(LibvirtError) in try guest.domain.updateDevice(full, force: true) }
        } catch {
            throw guest.failure(
                "its new config drive is at \(path) but could not be put into the running guest, which the next "
                    + "hostler config-drive set \(guest.name) tries again: \(error.sentence)"
            )
        }
    }

    /// A guest that resets the drive's bus, as firmware does when it looks for disks, closes the tray between its opening
    /// and the change of the disc, and libvirt takes it to be open from then on: QEMU has to be told.
    private static func insist(_ guest: Guest, _ body: () throws(LibvirtError) -> Void) throws(LibvirtError) {
        for _ in 0..<attempts {
            do throws(LibvirtError) { return try body() } catch {
                if error.code == .noDomain || error.code == .operationInvalid { throw error }
            }
            usleep(pause)
            // Whether it could be asked or not, the next try says what is wrong.
            _ = guest.domain.openTray(DomainArtefact.alias(role: role))
        }
        try body()
    }

    private static let attempts = 15
    /// In microseconds.
    private static let pause: UInt32 = 200_000
}
