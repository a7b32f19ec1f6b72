internal import CLibvirt
internal import CLibvirtLoader

extension Domain {
    /// Lets a paused guest run.
    public func resume() throws(LibvirtError) {
        guard virDomainResume(pointer) == 0 else { throw .last("resuming the guest") }
    }

    public func suspend() throws(LibvirtError) {
        guard virDomainSuspend(pointer) == 0 else { throw .last("pausing the guest") }
    }

    /// Asks the guest to shut down, which it may do later or never.
    public func shutdown() throws(LibvirtError) {
        guard virDomainShutdown(pointer) == 0 else { throw .last("shutting the guest down") }
    }

    /// Asks the guest to restart, which it may do later or never.
    public func reboot() throws(LibvirtError) {
        guard virDomainReboot(pointer, 0) == 0 else { throw .last("restarting the guest") }
    }

    /// Ends the guest at once, as by pulling the plug.
    public func destroy() throws(LibvirtError) {
        guard virDomainDestroyFlags(pointer, 0) == 0 else { throw .last("ending the guest") }
    }

    /// The disks of a running guest that have met an I/O error since it was resumed last, by their target names.
    public func diskErrors() throws(LibvirtError) -> [String] {
        let count = virDomainGetDiskErrors(pointer, nil, 0, 0)
        guard count >= 0 else { throw .last("asking for the guest's disk errors") }
        if count == 0 { return [] }
        var errors = [virDomainDiskError](repeating: virDomainDiskError(), count: Int(count))
        let filled = virDomainGetDiskErrors(pointer, &errors, UInt32(count), 0)
        guard filled >= 0 else { throw .last("asking for the guest's disk errors") }
        return errors.prefix(Int(filled)).compactMap { $0.disk.map { Connection.take($0) } }
    }

    /// Its state as libvirt's own enums have it.
    public func status() throws(LibvirtError) -> DomainStatus {
        var state: Int32 = 0
        var reason: Int32 = 0
        guard virDomainGetState(pointer, &state, &reason, 0) == 0 else { throw .last("asking for the guest's state") }
        return DomainStatus(state: state, reason: reason)
    }

    /// Its virtual CPUs, and the most memory that it may have, in bytes.
    public func resources() throws(LibvirtError) -> (cpus: Int, memory: Int64) {
        var info = virDomainInfo()
        guard virDomainGetInfo(pointer, &info) == 0 else { throw .last("asking for the guest's resources") }
        return (Int(info.nrVirtCpu), Int64(info.maxMem) * 1024)
    }
}
