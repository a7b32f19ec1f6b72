internal import LibvirtClient
internal import Operations

/// Whether libvirt answers, and is new enough.
enum LibvirtCheck {
    /// The first release whose `<source protocol='https'>` knows `query`; older ones ask for another file in its place.
    static let needed = Version(6, 2, 0)

    /// - Returns: what was found, and the connection for the checks that need one.
    static func run(_ options: ConnectOptions) -> ([Finding], Connection?) {
        do throws(OperationError) {
            let connection = try options.connect()
            return ([versions(connection)], connection)
        } catch {
            let uri = options.uri.map { " -c \(ConnectOptions.shown($0))" } ?? ""
            return (
                [
                    .fail(
                        "libvirt",
                        error.description,
                        mend:
                            "start its daemon (systemctl start libvirtd, or virtqemud), and see whether 'virsh\(uri) list' works"
                    )
                ], nil
            )
        }
    }

    private static func versions(_ connection: Connection) -> Finding {
        do throws(LibvirtError) {
            let uri = try connection.uri()
            return finding(
                uri,
                libvirt: try connection.libvirtVersion(),
                hypervisor: try connection.hypervisorVersion()
            )
        } catch {
            return .fail("libvirt", error.sentence, mend: "look into the log of its daemon")
        }
    }

    static func finding(_ uri: String, libvirt: Version, hypervisor: Version) -> Finding {
        let detail = "\(ConnectOptions.shown(uri)) answers: libvirt \(libvirt), hypervisor \(hypervisor)"
        if libvirt < needed {
            return .fail(
                "libvirt",
                detail + ", which mangles the query of an https URL",
                mend: "update libvirt to \(needed) or later, or use URLs without a query"
            )
        }
        return .ok("libvirt", detail)
    }
}
