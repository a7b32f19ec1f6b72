internal import CLibvirt
internal import CLibvirtLoader
internal import Foundation

/// libvirt's own event loop, in a thread of its own: what reads the events of all connections that this process opens
/// after it was started, and keeps them alive.
enum EventLoop {
    /// Started once, for the life of the process: libvirt cannot do without the loop again.
    static func start() throws(LibvirtError) {
        try Connection.loadLibrary()
        if let problem = started { throw problem }
    }

    private static let started: LibvirtError? = {
        guard virEventRegisterDefaultImpl() == 0 else { return .last("preparing for events") }
        let thread = Thread {
            // It fails only where it is not registered, or the system has no memory or descriptors for a moment.
            while true {
                if virEventRunDefaultImpl() < 0 { Thread.sleep(forTimeInterval: 0.1) }
            }
        }
        thread.name = "libvirt-events"
        thread.start()
        return nil
    }()
}
