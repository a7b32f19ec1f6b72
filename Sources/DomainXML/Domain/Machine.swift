/// What `<os><type arch machine>` says about the buses a cdrom can sit on.
struct Machine: Sendable {
    /// Families that differ in where their devices sit.
    enum Board: Sendable {
        case i440FX, q35, s390, pseries, virt, other
    }

    let board: Board
    /// The buses that are legal for a cdrom, the machine's own first. virtio is on none of them: libvirt has no
    /// ejectable virtio media.
    let cdromBuses: [DiskBus]
    /// What a `<controller type='scsi'>` that we add is; the models that firmware and installers of the machine know.
    let scsiModel: String
    /// What libvirt takes for a scsi controller without a model (qemuDomainGetSCSIControllerModel). Where an emulator lacks
    /// lsilogic it takes virtio-scsi, which has all of its units and more.
    let defaultSCSIModel: String
    /// Whether libvirt gives the machine a usb controller unasked.
    let hasDefaultUSB: Bool
    /// Whether the first sata controller is part of the machine.
    let hasBuiltinSATA: Bool
    /// `arch` and `machine`, for a person.
    let description: String

    /// Whether its firmware boots from virtio disks.
    var hasVirtio: Bool { board != .other }

    init(arch: String?, machine: String?) {
        let arch = arch ?? Self.hostArch
        let machine = machine ?? Self.defaultMachine(arch)
        description = "\(machine) (\(arch))"

        let isX86 = arch == "x86_64" || arch == "i686"
        defaultSCSIModel = arch.hasPrefix("s390") ? "virtio-scsi" : arch.hasPrefix("ppc64") ? "ibmvscsi" : "lsilogic"
        scsiModel = arch.hasPrefix("ppc64") ? "ibmvscsi" : "virtio-scsi"
        board = Self.board(arch, machine, isX86: isX86)
        switch board {
        case .q35: cdromBuses = [.sata, .scsi, .usb]
        case .i440FX: cdromBuses = [.ide, .sata, .scsi, .usb]
        case .s390: cdromBuses = [.scsi]
        case .pseries: cdromBuses = [.scsi, .usb]
        case .virt: cdromBuses = [.scsi, .usb, .sata]
        case .other:
            // The boards besides i440FX for which libvirt knows a built-in IDE (qemuDomainHasBuiltinIDE).
            cdromBuses = ["malta", "sun4u", "g3beige"].contains(machine) ? [.ide, .scsi, .usb] : []
        }
        hasBuiltinSATA = board == .q35
        hasDefaultUSB = board == .q35 || board == .i440FX || board == .pseries
    }

    private static func board(_ arch: String, _ machine: String, isX86: Bool) -> Board {
        if isX86 { return isQ35(machine) ? .q35 : isI440FX(machine) ? .i440FX : .other }
        if arch.hasPrefix("s390") { return .s390 }
        if arch.hasPrefix("ppc64") && machine.hasPrefix("pseries") { return .pseries }
        return machine == "virt" || machine.hasPrefix("virt-") ? .virt : .other
    }

    /// Whether a cdrom may sit on `bus`. On a board that is not known, whatever the domain uses already is taken for
    /// right.
    func allows(_ bus: DiskBus) -> Bool {
        cdromBuses.isEmpty ? bus != .virtio && bus != .fdc : cdromBuses.contains(bus)
    }

    /// Whether libvirt takes a controller of the bus that is not built in.
    func allowsControllers(of bus: DiskBus) -> Bool {
        (bus == .sata || bus == .scsi) && cdromBuses.contains(bus)
    }

    /// As libvirt tells them (`qemuDomainMachineIsQ35`).
    private static func isQ35(_ machine: String) -> Bool {
        machine == "q35" || machine.hasPrefix("pc-q35")
    }

    /// As libvirt tells them (`qemuDomainMachineIsI440FX`).
    private static func isI440FX(_ machine: String) -> Bool {
        machine == "pc" || ["pc-0.", "pc-1.", "pc-i440fx-", "rhel"].contains { machine.hasPrefix($0) }
    }

    /// libvirt's choice for a domain that names none.
    private static func defaultMachine(_ arch: String) -> String {
        switch arch {
        case "x86_64", "i686": "pc"
        case "s390x", "s390": "s390-ccw-virtio"
        case "ppc64", "ppc64le": "pseries"
        // Boards without buses for disks (integratorcp, spike), or none at all, by release.
        default: "of libvirt's choice"
        }
    }

    /// libvirt takes a domain without an arch for one of the host's.
    private static var hostArch: String {
        #if arch(arm64)
            "aarch64"
        #elseif arch(s390x)
            "s390x"
        #elseif arch(powerpc64le)
            "ppc64le"
        #else
            "x86_64"
        #endif
    }
}
